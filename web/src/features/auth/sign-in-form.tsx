'use client'

import { useAccount } from './api'
import { faultsAtSignIn } from './credentials'
import { CredentialsForm } from './credentials-form'

export function SignInForm() {
  const account = useAccount()
  return (
    <CredentialsForm
      action="Sign in"
      busyAction="Signing in…"
      passwordKind="current-password"
      check={faultsAtSignIn}
      onSubmit={({ email, password }) => account.signIn(email, password)}
    />
  )
}
