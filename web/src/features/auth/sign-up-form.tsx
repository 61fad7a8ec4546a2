'use client'

import { useRequestIds } from '@/shared/rpc/request-id'
import { useAccount } from './api'
import { faultsAtSignUp } from './credentials'
import { CredentialsForm } from './credentials-form'

export function SignUpForm() {
  const account = useAccount()
  const idFor = useRequestIds()
  return (
    <CredentialsForm
      action="Create account"
      busyAction="Creating your account…"
      passwordKind="new-password"
      passwordHint="At least 8 characters. A sentence works well."
      check={faultsAtSignUp}
      onSubmit={(credentials) =>
        account.signUp(credentials.email, credentials.password, idFor(credentials))
      }
    />
  )
}
