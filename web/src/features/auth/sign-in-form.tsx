'use client'

import { useState } from 'react'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { useAccount } from './api'
import { ChallengeForm } from './challenge-form'
import { faultsAtSignIn } from './credentials'
import { CredentialsForm } from './credentials-form'
import { PasskeyButton } from './passkey-button'

/** Asks for address and password, and then for a second factor if there is one. */
export function SignInForm() {
  const account = useAccount()
  const [challenge, setChallenge] = useState<SignInChallenge>()
  if (challenge) {
    return (
      <ChallengeForm
        challenge={challenge}
        onAgain={() => {
          setChallenge(undefined)
        }}
      />
    )
  }
  return (
    <>
      <CredentialsForm
        action="Sign in"
        busyAction="Signing in…"
        passwordKind="current-password"
        check={faultsAtSignIn}
        onSubmit={async ({ email, password }) => {
          setChallenge(await account.signIn(email, password))
        }}
      />
      <PasskeyButton onChallenge={setChallenge} />
    </>
  )
}
