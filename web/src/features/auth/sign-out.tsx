import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { useAttempt } from './use-attempt'

/** Ends the session, on pages that have no account menu. */
export function SignOut() {
  const account = useAccount()
  const { problem, attempt } = useAttempt()
  return (
    <>
      <button
        type="button"
        onClick={() => void attempt(() => account.signOut())}
        className="rounded-lg px-2 py-2 text-[0.9375rem] text-ink-2 hover:text-ink"
      >
        Sign out
      </button>
      {problem && <ProblemNote problem={problem} />}
    </>
  )
}
