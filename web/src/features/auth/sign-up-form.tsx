'use client'

import { useState } from 'react'
import type { Verification } from '@/gen/parley/auth/v1/verification_pb'
import { useRequestIds } from '@/shared/rpc/request-id'
import { useAccount } from './api'
import { CodeForm } from './code-form'
import { faultsAtSignUp } from './credentials'
import { CredentialsForm } from './credentials-form'
import { invitationIn } from './invitation'

interface Waiting {
  readonly email: string
  readonly verification: Verification
}

/** Asks for address and password, and then for a code if this Parley sends mail. */
export function SignUpForm() {
  const account = useAccount()
  const idFor = useRequestIds()
  const [waiting, setWaiting] = useState<Waiting>()
  if (waiting) {
    return (
      <CodeForm
        {...waiting}
        action="Create account"
        busyAction="Creating your account…"
        onVerification={(verification) => {
          setWaiting({ ...waiting, verification })
        }}
        onCode={(code) => account.completeSignUp(waiting.verification, code)}
      />
    )
  }
  return (
    <CredentialsForm
      action="Create account"
      busyAction="Creating your account…"
      passwordKind="new-password"
      passwordHint="At least 8 characters, 15 are better. A sentence works well."
      check={faultsAtSignUp}
      onSubmit={async (credentials) => {
        const wanted = { ...credentials, invitationToken: invitationIn(location.hash) }
        const verification = await account.signUp(wanted, idFor(wanted))
        if (verification) setWaiting({ email: wanted.email, verification })
      }}
    />
  )
}
