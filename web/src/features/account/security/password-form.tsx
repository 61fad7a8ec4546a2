import { useRef, useState } from 'react'
import type { SubmitEvent } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { PasswordField } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useHasPassword } from '../profile/api'
import { useChangePassword } from './api'

/** Changes the password, or sets the first. */
export function PasswordForm({ user }: { readonly user: string }) {
  const change = useChangePassword(user)
  const hasPassword = useHasPassword(user)
  const form = useRef<HTMLFormElement>(null)
  const [done, setDone] = useState<'changed' | 'set'>()
  const problem = change.error && problemOf(change.error)
  const wrong = hasPassword && problem?.reason === ErrorReason.INVALID_CREDENTIALS
  const unfit = problem?.field?.includes('password') ? problem.text : undefined

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    if (change.isPending) return
    setDone(undefined)
    change.mutate(
      { currentPassword: text('current'), newPassword: text('new') },
      {
        onSuccess: () => {
          form.current?.reset()
          setDone(hasPassword ? 'changed' : 'set')
        },
      },
    )
  }
  return (
    <form ref={form} onSubmit={submit} className="max-w-[25rem] space-y-5">
      <h3 className="text-lg font-medium">Password</h3>
      {hasPassword ? (
        <PasswordField
          label="Password until now"
          name="current"
          autoComplete="current-password"
          fault={wrong ? 'That is not your password.' : undefined}
        />
      ) : (
        <p className="text-[0.9375rem] text-ink-2">You have none: you sign in otherwise.</p>
      )}
      <PasswordField
        label="New password"
        name="new"
        autoComplete="new-password"
        required
        hint="At least 8 characters, 15 are better. A sentence works well."
        fault={unfit}
      />
      {problem && !wrong && !unfit && <ProblemNote problem={problem} />}
      {done && (
        <p role="status" className="text-[0.9375rem] text-ink-2">
          Your password is {done}, and you are signed out everywhere else.
        </p>
      )}
      <Button type="submit" look="outline" busy={change.isPending}>
        {change.isPending ? 'One moment…' : hasPassword ? 'Change the password' : 'Set a password'}
      </Button>
    </form>
  )
}
