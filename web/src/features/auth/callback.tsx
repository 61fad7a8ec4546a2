'use client'

import { useEffect, useRef, useState } from 'react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { explain, problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { useSessionState } from '@/shared/rpc/rpc-context'
import { Opening } from '@/shared/ui/opening'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useIdentities } from './identities'
import { onward, returnedIn } from './returned'
import type { Returned } from './returned'

const ENDED: Problem = {
  reason: ErrorReason.IDENTITY_FLOW_ENDED,
  ...explain(ErrorReason.IDENTITY_FLOW_ENDED),
}
// Replaced by the form for second factors where there is one.
const SECOND: Problem = {
  reason: ErrorReason.CHALLENGE_ENDED,
  text: 'Your account asks for a second factor. Sign in with your password to show it.',
  retry: false,
}

/** Takes in who comes back from an identity provider, and sends them on. */
export function Callback() {
  const problem = useArrival()
  if (!problem) return <Opening />
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-4xl font-medium tracking-tight">That did not work</h1>
      <ProblemNote problem={problem} />
      <Link href="/sign-in" className="font-medium text-accent underline underline-offset-4">
        Back to sign in
      </Link>
    </main>
  )
}

function useArrival(): Problem | undefined {
  const identities = useIdentities()
  const state = useSessionState()
  const router = useRouter()
  const begun = useRef(false)
  const [problem, setProblem] = useState<Problem>()

  useEffect(() => {
    // The old session is found first, so that its end does not take the new one's cookie.
    if (state.phase === 'opening' || begun.current) return
    begun.current = true
    const returned = returnedIn(location.search)
    // What was in the address is not for the history, or for whoever looks over a shoulder.
    history.replaceState(null, '', location.pathname)

    const arrive = async (from: Returned) => {
      if (from.purpose === 'link') {
        if (state.phase !== 'signed-in') return ENDED
        router.replace(onward(await identities.finishLink(state.user, from)))
        return undefined
      }
      const { challenge, next } = await identities.finishSignIn(from)
      if (challenge) return SECOND
      router.replace(onward(next))
      return undefined
    }
    const arrived = returned ? arrive(returned) : Promise.resolve(ENDED)
    arrived.then(setProblem, (error: unknown) => {
      setProblem(problemOf(error))
    })
  }, [state, identities, router])
  return problem
}
