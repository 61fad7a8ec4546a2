import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { IdentityService } from '@/gen/parley/auth/v1/identity_service_pb'
import type { IdentityProvider } from '@/gen/parley/auth/v1/identity_service_pb'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { useRpc } from '@/shared/rpc/rpc-context'
import type { Returned } from './returned'

const ALL = 200

/** What came of signing in. */
export interface Arrived {
  readonly next: string
  /** What is still asked for, if anything is. */
  readonly challenge?: SignInChallenge
}

interface BeginOptions {
  /** Whether they show at the provider, too, who they are, though they are signed in there. */
  readonly reauthenticate: boolean
}

/** How people sign in by identity providers, and link them. `parent` is the user's name. */
export interface Identities {
  readonly providers: (signal: AbortSignal) => Promise<readonly IdentityProvider[]>
  /** Returns those where the user can show anew who they are. */
  reauthenticating(parent: string, signal: AbortSignal): Promise<readonly IdentityProvider[]>
  /** Returns the address at the provider to go to. */
  beginSignIn(provider: string, nextPath: string, options?: BeginOptions): Promise<string>
  finishSignIn(returned: Returned): Promise<Arrived>
  /** Returns where to go on. */
  finishLink(parent: string, returned: Returned): Promise<string>
}

export function useIdentities(): Identities {
  const { session, anonymous, authorized } = useRpc()
  return useMemo(() => {
    const visitors = createClient(IdentityService, anonymous)
    const users = createClient(IdentityService, authorized)
    const providers = async (signal: AbortSignal) => {
      const { identityProviders } = await visitors.listIdentityProviders({}, { signal })
      return identityProviders
    }
    return {
      providers,
      async reauthenticating(parent, signal) {
        const [all, { identities }] = await Promise.all([
          providers(signal),
          users.listIdentities({ parent, pageSize: ALL }, { signal }),
        ])
        const linked = new Set(identities.map(({ provider }) => provider))
        return all.filter(({ name, reauthenticates }) => reauthenticates && linked.has(name))
      },
      async beginSignIn(provider, nextPath, options) {
        const begun = await visitors.beginSignIn({ provider, nextPath, ...options })
        return begun.authorizationUrl
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
