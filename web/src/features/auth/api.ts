import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { AccountService } from '@/gen/parley/auth/v1/account_service_pb'
import type { User } from '@/gen/parley/auth/v1/account_service_pb'
import { CredentialService } from '@/gen/parley/auth/v1/credential_service_pb'
import { PasskeyService } from '@/gen/parley/auth/v1/passkey_service_pb'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import type { Verification } from '@/gen/parley/auth/v1/verification_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { showPasskey } from '@/shared/lib/passkeys'
import { userOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { useRpc } from '@/shared/rpc/rpc-context'

/** A second factor that somebody shows. */
export type Proof =
  | { readonly case: 'totpCode'; readonly value: string }
  | { readonly case: 'recoveryCode'; readonly value: string }
  | { readonly case: 'passkeyResponseJson'; readonly value: string }

/** What somebody signs up with. */
export interface SignUp {
  readonly email: string
  readonly password: string
  /** What came with an invitation, or nothing. */
  readonly invitationToken: string
}

/** What a person can do about their account and session. */
export interface Account {
  /**
   * Signs up, or returns what waits for a code that went by mail. Sent again with the same
   * `requestId`, it signs up once.
   */
  signUp(wanted: SignUp, requestId: string): Promise<Verification | undefined>
  /** Ends a sign-up with the code that came by mail. */
  completeSignUp(verification: Verification, code: string): Promise<void>
  /** Has the code sent once more. */
  resendCode(verification: Verification): Promise<Verification | undefined>
  /** Has a code sent, if the address has an account: nobody is told whether it has. */
  requestReset(email: string): Promise<Verification | undefined>
  /** Sets a new password with the code that came by mail, and ends all sessions. */
  completeReset(verification: Verification, code: string, newPassword: string): Promise<void>
  /** Signs in, or returns what is still asked for. */
  signIn(email: string, password: string): Promise<SignInChallenge | undefined>
  /** Answers what was still asked for. */
  completeSignIn(challenge: SignInChallenge, proof: Proof): Promise<void>
  /** Signs in with a passkey alone. */
  signInWithPasskey(): Promise<SignInChallenge | undefined>
  /** Has the browser show a passkey that answers a challenge. */
  passkeyFor(challenge: SignInChallenge): Promise<Proof>
  /** Has the browser show a passkey of who is signed in. */
  passkeyOfUser(): Promise<Proof>
  /** Shows once more who it is, for calls that want to know. */
  reauthenticate(password: string, proof: Proof | undefined): Promise<void>
  /** Ends the session, and leaves nothing of the user in this browser, told Parley or not. */
  signOut(): Promise<void>
  /** What Parley knows of a user. */
  profileOf(user: string, signal: AbortSignal): Promise<User | undefined>
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
    const passkeys = createClient(PasskeyService, anonymous)
    const ownPasskeys = createClient(PasskeyService, authorized)
    const forgetful = createClient(CredentialService, anonymous)

    const current = () => {
      const state = session.state()
      if (state.phase !== 'signed-in') throw new Error('nobody is signed in')
      return state.session
    }
    return {
      async signUp({ email, ...wanted }, requestId) {
        const created = await strangers.createUser({ user: { email }, ...wanted, requestId })
        if (created.verification) return created.verification
        session.begin(created.session, created.accessToken)
        return undefined
      },
      async completeSignUp({ token }, code) {
        const created = await strangers.completeSignUp({ token, code })
        session.begin(created.session, created.accessToken)
      },
      async resendCode({ token }) {
        return (await forgetful.resendCode({ token })).verification
      },
      async requestReset(email) {
        return (await forgetful.requestPasswordReset({ email })).verification
      },
      async completeReset({ token }, code, newPassword) {
        await forgetful.completePasswordReset({ token, code, newPassword })
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
      async signInWithPasskey() {
        const { optionsJson } = await passkeys.beginPasskeySignIn({})
        const passkeyResponseJson = await showPasskey(optionsJson)
        const created = await passkeys.completePasskeySignIn({ passkeyResponseJson })
        if (created.challenge) return created.challenge
        session.begin(created.session, created.accessToken)
        return undefined
      },
      async passkeyFor({ token }) {
        const { optionsJson } = await passkeys.beginPasskeySignIn({ challengeToken: token })
        return { case: 'passkeyResponseJson', value: await showPasskey(optionsJson) }
      },
      async passkeyOfUser() {
        const { optionsJson } = await ownPasskeys.beginPasskeyProof({ parent: userOf(current()) })
        return { case: 'passkeyResponseJson', value: await showPasskey(optionsJson) }
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
        const told = await isTold(sessions.deleteSession({ name: current() }))
        localStorage.clear()
        if (told) session.end()
        else session.leave()
      },
      async profileOf(user, signal) {
        return (await accounts.getUser({ name: user }, { signal })).user
      },
      async deleteAccount(password) {
        await accounts.deleteUser({ name: userOf(current()), password })
        localStorage.clear()
        session.end()
      },
    }
  }, [session, anonymous, authorized])
}

/** Waits for a call, and tells whether it reached Parley. */
async function isTold(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    if (problemOf(error).reason === ErrorReason.UNAVAILABLE) return false
    throw error
  }
}
