'use client'

import { useCallback, useEffect, useState } from 'react'
import type { IdentityProvider } from '@/gen/parley/auth/v1/identity_service_pb'
import { Button } from '@/shared/ui/button'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useIdentities } from './identities'
import { returnPath } from './return-path'
import { useAttempt } from './use-attempt'

/** Signs people in by who they are elsewhere; nothing, where that is not configured. */
export function ProviderButtons() {
  const identities = useIdentities()
  const providers = useFound(identities.providers)
  const { pending, problem, attempt } = useAttempt()
  if (providers.length === 0) return null

  const leave = async (provider: string) => {
    // What follows a # is for nobody but this browser.
    const [next = ''] = returnPath(location).split('#')
    location.assign(await identities.beginSignIn(provider, next))
  }
  return (
    <section aria-label="Other ways to sign in" className="mt-6">
      <p className="flex items-center gap-3 text-sm text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      <div className="mt-6 space-y-3">
        {providers.map(({ name, displayName }) => (
          <Button
            key={name}
            look="outline"
            busy={pending}
            className="h-11 w-full"
            onClick={() => void attempt(() => leave(name))}
          >
            Continue with {displayName}
          </Button>
        ))}
      </div>
      {problem && (
        <div className="mt-4">
          <ProblemNote problem={problem} />
        </div>
      )}
    </section>
  )
}

/** Has the user show anew who they are where they are known; nothing, where that is nowhere. */
export function ReauthenticateButtons({ user }: { readonly user: string }) {
  const identities = useIdentities()
  const providers = useFound(
    useCallback((signal) => identities.reauthenticating(user, signal), [identities, user]),
  )
  const { pending, problem, attempt } = useAttempt()

  const leave = async (provider: string) => {
    const here = location.pathname + location.search
    location.assign(await identities.beginSignIn(provider, here, { reauthenticate: true }))
  }
  return (
    <>
      {providers.map(({ name, displayName }) => (
        <Button
          key={name}
          look="outline"
          busy={pending}
          className="w-full"
          onClick={() => void attempt(() => leave(name))}
        >
          Show it at {displayName}, and come back
        </Button>
      ))}
      {problem && <ProblemNote problem={problem} />}
    </>
  )
}

function useFound(
  find: (signal: AbortSignal) => Promise<readonly IdentityProvider[]>,
): readonly IdentityProvider[] {
  const [providers, setProviders] = useState<readonly IdentityProvider[]>([])
  useEffect(() => {
    const abort = new AbortController()
    find(abort.signal).then(setProviders, () => {
      // There is still the form.
    })
    return () => {
      abort.abort()
    }
  }, [find])
  return providers
}
