import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { canUsePasskeys } from '@/shared/lib/passkeys'
import { useInBrowser } from '@/shared/lib/use-in-browser'
import { Button } from '@/shared/ui/button'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { useAttempt } from './use-attempt'

interface PasskeyButtonProps {
  readonly onChallenge: (challenge: SignInChallenge | undefined) => void
}

/** Signs in with a passkey and nothing else, where the browser knows them. */
export function PasskeyButton({ onChallenge }: PasskeyButtonProps) {
  const account = useAccount()
  const { pending, problem, attempt } = useAttempt()
  const offered = useInBrowser(canUsePasskeys, false)
  if (!offered) return null
  return (
    <div className="mt-3 space-y-3">
      <Button
        look="outline"
        className="h-11 w-full"
        busy={pending}
        onClick={() =>
          void attempt(async () => {
            onChallenge(await account.signInWithPasskey())
          })
        }
      >
        {pending ? 'Waiting for the passkey…' : 'Use a passkey'}
      </Button>
      {problem && <ProblemNote problem={problem} />}
    </div>
  )
}
