'use client'

import { useEffect } from 'react'
import type { ReactNode } from 'react'
import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useActing, useRpc, useSessionState } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Opening } from '@/shared/ui/opening'
import { Leaving } from '@/shared/ui/page-header'
import { ProblemNote } from '@/shared/ui/problem-note'
import { ConfirmWho } from './confirm-who'
import { returnPath, signInPath } from './return-path'
import { SignOut } from './sign-out'

/** Shows its content, which depends on the user, to somebody signed in; sends others to sign in. */
export function RequireUser({ children }: { readonly children: (user: string) => ReactNode }) {
  const state = useSessionState()
  const router = useRouter()
  const pathname = usePathname()
  const query = useSearchParams().toString()
  useEffect(() => {
    if (state.phase !== 'signed-out') return
    // Who has left does not ask to come back to the same place; perhaps somebody else does.
    router.replace(state.deliberate ? '/sign-in' : signInPath(pathname, query) + location.hash)
  }, [state, router, pathname, query])

  if (state.phase !== 'signed-in') return <Waiting />
  return (
    <Leaving value={<SignOut />}>
      {children(state.user)}
      <ConfirmWho />
    </Leaving>
  )
}

/** Shows its content to who is signed in as themselves: nobody acts as somebody else there. */
export function RequireSelf({ children }: { readonly children: (user: string) => ReactNode }) {
  const acting = useActing()
  return (
    <RequireUser>
      {(user) =>
        acting && !acting.over ? <NotAsThem name={acting.displayName} /> : children(user)
      }
    </RequireUser>
  )
}

function NotAsThem({ name }: { readonly name: string }) {
  return (
    <main className="mx-auto flex min-h-page max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-4xl font-medium tracking-tight">Not as somebody else</h1>
      <p className="text-ink-2 text-pretty">
        Accounts, keys and administration are for people themselves. You see yours once you stop
        acting as {name}.
      </p>
      <Link href="/chat" className="font-medium text-accent underline underline-offset-4">
        To their conversations
      </Link>
    </main>
  )
}

/** Shows its content to those who are not signed in; sends others to their conversations. */
export function RequireNobody({ children }: { readonly children: ReactNode }) {
  const { phase } = useSessionState()
  const signedIn = phase === 'signed-in'
  const router = useRouter()
  useEffect(() => {
    if (signedIn) router.replace(returnPath(location))
  }, [signedIn, router])

  return signedIn || phase === 'opening' ? <Opening /> : children
}

function Waiting() {
  const { session } = useRpc()
  const state = useSessionState()
  if (state.phase !== 'unreachable') return <Opening />
  return (
    <main className="mx-auto flex min-h-page max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-4xl font-medium tracking-tight">No answer</h1>
      <ProblemNote problem={state.problem} />
      <Button
        className="self-start"
        onClick={() => {
          session.reopen()
        }}
      >
        Try again
      </Button>
    </main>
  )
}
