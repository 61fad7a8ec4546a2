'use client'

import { useRef, useState } from 'react'
import type { SubmitEvent } from 'react'
import { Button } from '@/shared/ui/button'
import { Field, PasswordField } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { credentialsIn, faultsIn } from './credentials'
import type { Credentials, Faults } from './credentials'
import { useAttempt } from './use-attempt'

interface CredentialsFormProps {
  readonly action: string
  readonly busyAction: string
  readonly passwordHint?: string
  readonly passwordKind: 'current-password' | 'new-password'
  readonly check: (credentials: Credentials) => Faults
  readonly onSubmit: (credentials: Credentials) => Promise<void>
}

/** Asks for an e-mail address and a password. */
export function CredentialsForm(props: CredentialsFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [missing, setMissing] = useState<Faults>({})
  const { pending, problem, attempt } = useAttempt()
  const refused = faultsIn(problem)
  const faults = { ...refused, ...missing }

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const credentials = credentialsIn(event.currentTarget)
    const found = props.check(credentials)
    setMissing(found)
    const [first] = Object.keys(found)
    if (first) {
      form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus()
      return
    }
    void attempt(() => props.onSubmit(credentials))
  }

  return (
    <form ref={form} noValidate onSubmit={submit} className="mt-8 space-y-5">
      <Field
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        required
        fault={faults.email}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete={props.passwordKind}
        required
        fault={faults.password}
        {...(props.passwordHint !== undefined && { hint: props.passwordHint })}
      />
      {problem && Object.keys(refused).length === 0 && <ProblemNote problem={problem} />}
      <Button type="submit" busy={pending} className="h-11 w-full">
        {pending ? props.busyAction : props.action}
      </Button>
    </form>
  )
}
