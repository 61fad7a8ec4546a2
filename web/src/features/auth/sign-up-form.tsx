'use client'

import { useRef } from 'react'
import { useAccount } from './api'
import { faultsAtSignUp } from './credentials'
import type { Credentials } from './credentials'
import { CredentialsForm } from './credentials-form'

export function SignUpForm() {
  const account = useAccount()
  const last = useRef({ credentials: '', requestId: '' })

  // The same person pressing again, perhaps because no answer came, signs up once.
  const requestIdFor = (credentials: Credentials) => {
    const text = JSON.stringify(credentials)
    if (last.current.credentials !== text) {
      last.current = { credentials: text, requestId: crypto.randomUUID() }
    }
    return last.current.requestId
  }

  return (
    <CredentialsForm
      action="Create account"
      busyAction="Creating your account…"
      passwordKind="new-password"
      passwordHint="At least 8 characters. A sentence works well."
      check={faultsAtSignUp}
      onSubmit={(credentials) =>
        account.signUp(credentials.email, credentials.password, requestIdFor(credentials))
      }
    />
  )
}
