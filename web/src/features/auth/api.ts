import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { AccountService } from '@/gen/parley/auth/v1/account_service_pb'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import { userOf } from '@/shared/lib/names'
import { useRpc } from '@/shared/rpc/rpc-context'

/** What a person can do about their account and session. */
export interface Account {
  /** Sent again with the same `requestId`, it signs up once. */
  signUp(email: string, password: string, requestId: string): Promise<void>
  signIn(email: string, password: string): Promise<void>
  /** Ends the session, and leaves nothing of the user in this browser. */
  signOut(): Promise<void>
  /** Shows once more who they are, for what asks that this was done lately. */
  reauthenticate(password: string, totpCode?: string): Promise<void>
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
        session.begin(created.session, created.accessToken)
      },
      async signOut() {
        await sessions.deleteSession({ name: current() })
        localStorage.clear()
        session.end()
      },
      async reauthenticate(password, totpCode = '') {
        const shown = await sessions.reauthenticateSession({
          name: current(),
          password,
          ...(totpCode && { proof: { case: 'totpCode', value: totpCode } }),
        })
        session.showAnew(shown.accessToken)
      },
      async emailOf(user, signal) {
        const { user: found } = await accounts.getUser({ name: user }, { signal })
        return found?.email ?? ''
      },
      async deleteAccount(password) {
        await accounts.deleteUser({ name: userOf(current()), password })
        localStorage.clear()
        session.end()
      },
    }
  }, [session, anonymous, authorized])
}
