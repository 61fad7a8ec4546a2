'use client'

import { useState } from 'react'
import type { ReactNode, SubmitEvent } from 'react'
import type { Verification } from '@/gen/parley/auth/v1/verification_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { useAttempt } from './use-attempt'

interface CodeFormProps {
  readonly email: string
  readonly verification: Verification
  readonly action: string
  readonly busyAction: string
  readonly onVerification: (verification: Verification) => void
  readonly onCode: (code: string, form: FormData) => Promise<void>
  /** What else is asked for. */
  readonly children?: ReactNode
}

/** Asks for the code that went by mail. */
export function CodeForm({ email, verification, children, ...props }: CodeFormProps) {
  const account = useAccount()
  const { pending, problem, attempt } = useAttempt()
  const [sent, setSent] = useState(false)
  const [missing, setMissing] = useState(false)
  const wrong = problem?.reason === ErrorReason.WRONG_CODE || problem?.field?.endsWith('code')

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const typed = form.get('code')
    const code = typeof typed === 'string' ? typed.replace(/\D/g, '') : ''
    setMissing(!code)
    if (code) void attempt(() => props.onCode(code, form))
  }
  const resend = () =>
    attempt(async () => {
      const again = await account.resendCode(verification)
      if (again) props.onVerification(again)
      setSent(true)
    })
  return (
    <form noValidate onSubmit={submit} className="mt-8 space-y-5">
      <p className="text-ink-2 text-pretty">
        A code is on its way to <strong className="font-medium text-ink">{email}</strong>. If none
        comes, look among the spam, or whether the address is right.
      </p>
      <Field
        label="Code from the mail"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        required
        autoFocus
        hint="Eight digits. They are good for ten minutes."
        fault={missing ? 'Enter the code.' : wrong ? 'That is not the code.' : undefined}
      />
      {children}
      {problem && !wrong && <ProblemNote problem={problem} />}
      <Button type="submit" busy={pending} className="h-11 w-full">
        {pending ? props.busyAction : props.action}
      </Button>
      <Button look="quiet" className="w-full" onClick={() => void resend()}>
        {sent ? 'Sent once more' : 'Send it once more'}
      </Button>
    </form>
  )
}
