import type { SubmitEvent } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useChangeEmail, useCompleteEmailChange } from './api'

/** Asks for a new address, and then, where Parley sends mail, for the code that came there. */
export function EmailDialog({
  user,
  onClose,
}: {
  readonly user: string
  readonly onClose: () => void
}) {
  const change = useChangeEmail(user)
  const complete = useCompleteEmailChange(user)
  const token = change.data?.verification?.token
  const error = complete.error ?? change.error
  const problem = error && problemOf(error)
  const unfit = problem?.field?.includes('email') ? problem.text : undefined
  const wrong = problem?.reason === ErrorReason.WRONG_CODE

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (change.isPending || complete.isPending) return
    const typed = new FormData(event.currentTarget).get('value')
    const value = typeof typed === 'string' ? typed.trim() : ''
    if (token === undefined) {
      change.mutate(value, {
        onSuccess: ({ verification }) => {
          if (!verification) onClose()
        },
      })
    } else complete.mutate({ token, code: value.replace(/\s/g, '') }, { onSuccess: onClose })
  }
  return (
    <Dialog title="Change your e-mail address" onClose={onClose}>
      <form key={token} onSubmit={submit} className="mt-4 space-y-5">
        {token === undefined ? (
          <Field
            label="New e-mail address"
            name="value"
            type="email"
            autoComplete="email"
            maxLength={254}
            required
            autoFocus
            hint="Where Parley sends mail, nothing changes before you enter the code that is sent there."
            fault={unfit}
          />
        ) : (
          <Field
            label="Code from the mail"
            name="value"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={12}
            required
            autoFocus
            hint="Eight digits. They are good for ten minutes."
            fault={wrong ? 'That is not the code.' : undefined}
          />
        )}
        {problem && !unfit && !wrong && <ProblemNote problem={problem} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={change.isPending || complete.isPending}>
            {token === undefined ? 'Send the code' : 'Change the address'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
