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
import { ChallengeForm } from './challenge-form'
import { useIdentities } from './identities'
import type { Arrived } from './identities'
import { onward, returnedIn } from './returned'
import type { Returned } from './returned'

const ENDED: Problem = {
  reason: ErrorReason.IDENTITY_FLOW_ENDED,
  ...explain(ErrorReason.IDENTITY_FLOW_ENDED),
}

/** Takes in who comes back from an identity provider, and sends them on. */
export function Callback() {
  const { problem, asked } = useArrival()
  const router = useRouter()
  const signedIn = useSessionState().phase === 'signed-in'
  if (asked?.challenge) {
    return (
      <main className="mx-auto flex min-h-page max-w-md flex-col justify-center px-6">
        <h1 className="font-serif text-4xl font-medium tracking-tight">One thing more</h1>
        <ChallengeForm
          challenge={asked.challenge}
          onAgain={() => {
            router.replace('/sign-in')
          }}
          onDone={() => {
            router.replace(onward(asked.next))
          }}
        />
      </main>
    )
  }
  if (!problem) return <Opening />
  return (
    <main className="mx-auto flex min-h-page max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-4xl font-medium tracking-tight">That did not work</h1>
      <ProblemNote problem={problem} />
      <Link
        href={signedIn ? '/account' : '/sign-in'}
        className="font-medium text-accent underline underline-offset-4"
      >
        {signedIn ? 'Back to your account' : 'Back to sign in'}
      </Link>
    </main>
  )
}

interface Arrival {
  readonly problem?: Problem | undefined
  readonly asked?: Arrived | undefined
}

function useArrival(): Arrival {
  const identities = useIdentities()
  const state = useSessionState()
  const router = useRouter()
  const begun = useRef(false)
  const [problem, setProblem] = useState<Problem>()
  const [asked, setAsked] = useState<Arrived>()

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
      const arrived = await identities.finishSignIn(from)
      if (arrived.challenge) setAsked(arrived)
      else router.replace(onward(arrived.next))
      return undefined
    }
    const arrived = returned ? arrive(returned) : Promise.resolve(ENDED)
    arrived.then(setProblem, (error: unknown) => {
      setProblem(problemOf(error))
    })
  }, [state, identities, router])
  return { problem, asked }
}
