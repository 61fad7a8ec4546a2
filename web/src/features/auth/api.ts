import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { AccountService } from '@/gen/parley/auth/v1/account_service_pb'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { userOf } from '@/shared/lib/names'
import { useRpc } from '@/shared/rpc/rpc-context'

/** A second factor that somebody shows. */
export type Proof =
  | { readonly case: 'totpCode'; readonly value: string }
  | { readonly case: 'recoveryCode'; readonly value: string }
  | { readonly case: 'passkeyResponseJson'; readonly value: string }

/** What a person can do about their account and session. */
export interface Account {
  /** Sent again with the same `requestId`, it signs up once. */
  signUp(email: string, password: string, requestId: string): Promise<void>
  /** Signs in, or returns what is still asked for. */
  signIn(email: string, password: string): Promise<SignInChallenge | undefined>
  /** Answers what was still asked for. */
  completeSignIn(challenge: SignInChallenge, proof: Proof): Promise<void>
  /** Shows once more who it is, for calls that want to know. */
  reauthenticate(password: string, proof: Proof | undefined): Promise<void>
  signOut(): Promise<void>
  emailOf(user: string, signal: AbortSignal): Promise<string>
  /** Deletes the account of the signed-in user. */
  deleteAccount(password: string): Promise<void>
}

export function useAccount(): Account {
  const { session, anonymous, authorized } = useRpc()
  return useMemo(() => {
    const strangers = createClient(AccountService, anonymous)
    const visitors = createClient(SessionService, anonymous)
    const accounts = createClient(AccountService, authorized)
    const sessions = createClient(SessionService, authorized)

    const current = () => {
      const state = session.state()
      if (state.phase !== 'signed-in') throw new Error('nobody is signed in')
      return state.session
    }
    return {
      async signUp(email, password, requestId) {
        const created = await strangers.createUser({ user: { email }, password, requestId })
        session.begin(created.session, created.accessToken)
      },
      async signIn(email, password) {
        const created = await visitors.createSession({ email, password })
        if (created.challenge) return created.challenge
        session.begin(created.session, created.accessToken)
        return undefined
      },
      async completeSignIn(challenge, proof) {
        const created = await visitors.completeSession({ challengeToken: challenge.token, proof })
        session.begin(created.session, created.accessToken)
      },
      async reauthenticate(password, proof) {
        const answer = await sessions.reauthenticateSession({
          name: current(),
          password,
          ...(proof && { proof }),
        })
        session.renewed(answer.accessToken)
      },
      async signOut() {
        await sessions.deleteSession({ name: current() })
        session.end()
      },
      async emailOf(user, signal) {
        const { user: found } = await accounts.getUser({ name: user }, { signal })
        return found?.email ?? ''
      },
      async deleteAccount(password) {
        await accounts.deleteUser({ name: userOf(current()), password })
        session.end()
      },
    }
  }, [session, anonymous, authorized])
}
