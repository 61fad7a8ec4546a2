'use client'

import type { SubmitEvent } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { canUsePasskeys } from '@/shared/lib/passkeys'
import { useConfirmationWanted, useRpc, useSessionState } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field, PasswordField } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { proofOf } from './factor-code'
import { ReauthenticateButtons } from './provider-buttons'
import { useProfile } from './profile'
import { useAttempt } from './use-attempt'

/** Asks who is there to show once more who they are, when a call wants it. */
export function ConfirmWho() {
  const wanted = useConfirmationWanted()
  const state = useSessionState()
  return wanted && state.phase === 'signed-in' ? <ConfirmDialog user={state.user} /> : null
}

function ConfirmDialog({ user }: { readonly user: string }) {
  const { confirmation } = useRpc()
  const account = useAccount()
  const hasPassword = useProfile(user)?.hasPassword ?? true
  const { pending, problem, attempt } = useAttempt()
  const wrong = problem?.reason === ErrorReason.INVALID_CREDENTIALS
  const needsFactor = problem?.field === 'proof'
  const decline = () => {
    confirmation.decline()
  }
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    void attempt(async () => {
      await account.reauthenticate(text('password'), proofOf(text('code')))
      confirmation.confirm()
    })
  }
  return (
    <Dialog title="Is it still you?" onClose={decline}>
      <p className="mt-3 text-ink-2 text-pretty">
        What you are about to do is worth asking: show once more who you are.
        {!hasPassword && ' You have no password, so show it in one of these ways.'}
      </p>
      <form onSubmit={submit} className="mt-5 space-y-5">
        {hasPassword && (
          <PasswordField
            label="Your password"
            name="password"
            autoComplete="current-password"
            autoFocus
            fault={wrong ? 'The password or the code is not right.' : undefined}
          />
        )}
        <Field
          label="Code"
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          hint="If you have an authenticator: its six digits, or a recovery code."
          fault={
            !hasPassword && wrong
              ? 'The code is not right.'
              : needsFactor
                ? 'This account needs a code or a passkey. Without either, show it where you sign in, below; or sign out and set a password: “Forgot your password?”'
                : undefined
          }
        />
        {problem && !wrong && !needsFactor && <ProblemNote problem={problem} />}
        {canUsePasskeys() && (
          <Button
            look="outline"
            className="w-full"
            onClick={() =>
              void attempt(async () => {
                await account.reauthenticate('', await account.passkeyOfUser())
                confirmation.confirm()
              })
            }
          >
            Use a passkey instead
          </Button>
        )}
        <ReauthenticateButtons user={user} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={decline}>
            Not now
          </Button>
          <Button type="submit" busy={pending}>
            {pending ? 'Checking…' : 'Go on'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
