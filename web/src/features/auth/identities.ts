import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { IdentityService } from '@/gen/parley/auth/v1/identity_service_pb'
import type { IdentityProvider } from '@/gen/parley/auth/v1/identity_service_pb'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { useRpc } from '@/shared/rpc/rpc-context'
import type { Returned } from './returned'

/** What came of signing in. */
export interface Arrived {
  readonly next: string
  /** What is still asked for, if anything is. */
  readonly challenge?: SignInChallenge
}

/** How people sign in by identity providers, and link them. `parent` is the user's name. */
export interface Identities {
  providers(signal: AbortSignal): Promise<readonly IdentityProvider[]>
  /** Returns the address at the provider to go to. */
  beginSignIn(provider: string, nextPath: string): Promise<string>
  finishSignIn(returned: Returned): Promise<Arrived>
  /** Returns where to go on. */
  finishLink(parent: string, returned: Returned): Promise<string>
}

export function useIdentities(): Identities {
  const { session, anonymous, authorized } = useRpc()
  return useMemo(() => {
    const visitors = createClient(IdentityService, anonymous)
    const users = createClient(IdentityService, authorized)
    return {
      async providers(signal) {
        const { identityProviders } = await visitors.listIdentityProviders({}, { signal })
        return identityProviders
      },
      async beginSignIn(provider, nextPath) {
        return (await visitors.beginSignIn({ provider, nextPath })).authorizationUrl
      },
      async finishSignIn({ state, code, issuer, error }) {
        const finished = await visitors.finishSignIn({ state, code, issuer, error })
        const { challenge, nextPath: next } = finished
        if (challenge) return { challenge, next }
        session.begin(finished.session, finished.accessToken)
        return { next }
      },
      async finishLink(parent, { state, code, issuer, error }) {
        return (await users.finishLink({ parent, state, code, issuer, error })).nextPath
      },
    }
  }, [session, anonymous, authorized])
}
