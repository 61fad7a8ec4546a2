'use client'

import type { SubmitEvent } from 'react'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { PasswordField } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { useAccount } from './api'
import { credentialsIn } from './credentials'
import { useProfile } from './profile'
import { useAttempt } from './use-attempt'

interface DeleteAccountDialogProps {
  readonly user: string
  readonly onClose: () => void
}

/** Asks for the password, if there is one, so that an unattended browser is not enough. */
export function DeleteAccountDialog({ user, onClose }: DeleteAccountDialogProps) {
  const account = useAccount()
  const profile = useProfile(user)
  const hasPassword = profile?.hasPassword ?? true
  const email = profile?.email ?? ''
  const { pending, problem, attempt } = useAttempt()
  const wrong = hasPassword && problem?.reason === ErrorReason.INVALID_CREDENTIALS

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { password } = credentialsIn(event.currentTarget)
    void attempt(() => account.deleteAccount(password))
  }

  return (
    <Dialog title="Delete this account?" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        {email ? <strong className="font-medium text-ink">{email}</strong> : 'You'} will be signed
        out everywhere, and everything here is erased: conversations, links, documents, assistants,
        prompts and memories. This can’t be undone.
      </p>
      <form onSubmit={submit} className="mt-5 space-y-5">
        <input type="hidden" name="username" autoComplete="username" value={email} />
        {hasPassword && (
          <PasswordField
            label="Your password"
            name="password"
            autoComplete="current-password"
            autoFocus
            fault={wrong ? 'That is not your password.' : undefined}
          />
        )}
        {problem && !wrong && <ProblemNote problem={problem} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" look="danger" busy={pending}>
            {pending ? 'Deleting…' : 'Delete account'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
