'use client'

import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { useRouter } from 'next/navigation'
import type { Verification } from '@/gen/parley/auth/v1/verification_pb'
import { Button } from '@/shared/ui/button'
import { Field, PasswordField } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { CodeForm } from './code-form'
import { credentialsIn } from './credentials'
import { useAttempt } from './use-attempt'

interface Waiting {
  readonly email: string
  readonly verification: Verification
}

/** Sets a new password for who reads the mail to an address. */
export function ResetForm() {
  const account = useAccount()
  const router = useRouter()
  const [waiting, setWaiting] = useState<Waiting>()
  if (!waiting) return <AddressForm onSent={setWaiting} />
  return (
    <CodeForm
      {...waiting}
      action="Set the password"
      busyAction="Setting the password…"
      onVerification={(verification) => {
        setWaiting({ ...waiting, verification })
      }}
      onCode={async (code, form) => {
        const password = form.get('new')
        if (typeof password !== 'string') return
        await account.completeReset(waiting.verification, code, password)
        router.replace('/sign-in?reset')
      }}
    >
      <PasswordField
        label="New password"
        name="new"
        autoComplete="new-password"
        required
        hint="At least 8 characters, 15 are better. You are then signed out everywhere."
      />
    </CodeForm>
  )
}

function AddressForm({ onSent }: { readonly onSent: (waiting: Waiting) => void }) {
  const account = useAccount()
  const { pending, problem, attempt } = useAttempt()
  const [missing, setMissing] = useState(false)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { email } = credentialsIn(event.currentTarget)
    setMissing(!email)
    if (!email) return
    void attempt(async () => {
      const verification = await account.requestReset(email)
      if (verification) onSent({ email, verification })
    })
  }
  return (
    <form noValidate onSubmit={submit} className="mt-8 space-y-5">
      <Field
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        required
        autoFocus
        fault={missing ? 'Enter your e-mail address.' : undefined}
      />
      {problem && <ProblemNote problem={problem} />}
      <Button type="submit" busy={pending} className="h-11 w-full">
        {pending ? 'Sending a code…' : 'Send me a code'}
      </Button>
    </form>
  )
}
