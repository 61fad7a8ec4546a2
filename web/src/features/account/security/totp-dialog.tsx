import { useEffect } from 'react'
import type { SubmitEvent } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { useBlob } from '@/shared/lib/use-blob'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { CopyButton } from '@/shared/ui/copy-button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useBeginTotp, useCompleteTotp } from './api'

interface TotpDialogProps {
  readonly user: string
  readonly onClose: () => void
  /** Told the recovery codes, if it is the first factor. */
  readonly onCodes: (codes: readonly string[]) => void
}

/** Adds an authenticator: shows its secret as a picture, and asks for a first code. */
export function TotpDialog({ user, onClose, onCodes }: TotpDialogProps) {
  const begin = useBeginTotp(user)
  const complete = useCompleteTotp(user)
  const picture = useBlob<HTMLImageElement>(begin.data?.qrSvg ?? '', 'image/svg+xml')
  const { mutate } = begin
  useEffect(() => {
    mutate()
  }, [mutate])
  const problem = complete.error && problemOf(complete.error)
  const wrong = problem?.reason === ErrorReason.INVALID_CODE

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('code')
    const code = typeof typed === 'string' ? typed.replace(/\s/g, '') : ''
    if (!code || complete.isPending) return
    complete.mutate(code, {
      onSuccess: (made) => {
        onClose()
        onCodes(made.recoveryCodes)
      },
    })
  }
  return (
    <Dialog title="Add an authenticator" onClose={onClose}>
      {begin.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(begin.error)} />
        </div>
      )}
      {begin.isPending && <p className="mt-4 text-ink-3">Making a secret…</p>}
      {begin.data && (
        <form onSubmit={submit} className="mt-3 space-y-4">
          <p className="text-ink-2 text-pretty">
            Scan this with an authenticator app, and enter the six digits that it shows.
          </p>
          {/* eslint-disable-next-line @next/next/no-img-element -- drawn by the server, and tiny */}
          <img
            alt="The secret, as a QR code"
            ref={picture}
            className="mx-auto size-44 rounded-lg bg-white p-2"
          />
          <p className="flex flex-wrap items-center justify-center gap-x-2 text-sm text-ink-2">
            <code className="break-all">{begin.data.secret}</code>
            <CopyButton text={begin.data.secret} label="Copy the secret" />
          </p>
          <Field
            label="Six digits"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={8}
            required
            autoFocus
            fault={wrong ? 'That is not the code. Wait for the next one.' : undefined}
          />
          {problem && !wrong && <ProblemNote problem={problem} />}
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="quiet" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" busy={complete.isPending}>
              {complete.isPending ? 'Checking…' : 'Add it'}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
