import { useState } from 'react'
import type { Factor } from '@/gen/parley/auth/v1/factor_service_pb'
import { Factor_Kind } from '@/gen/parley/auth/v1/factor_service_pb'
import { canUsePasskeys } from '@/shared/lib/passkeys'
import { dayOf } from '@/shared/lib/times'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { SecretOnce } from '@/shared/ui/secret-once'
import {
  useAddPasskey,
  useFactors,
  useNewRecoveryCodes,
  useRemoveFactor,
  useRenameFactor,
} from './api'
import { failureOf } from '@/shared/rpc/failure'
import { PasswordForm } from './password-form'
import { TotpDialog } from './totp-dialog'

const CODES =
  'Each of these signs you in once in place of your authenticator or passkey. Keep them where ' +
  'you find them when your device is lost: they are not shown again.'

type Open = 'totp' | 'codes' | { readonly rename: Factor } | { readonly remove: Factor }

/** How the user shows who they are: password, authenticators, passkeys, recovery codes. */
export function SecuritySection({ user }: { readonly user: string }) {
  const factors = useFactors(user)
  const passkey = useAddPasskey(user)
  const [open, setOpen] = useState<Open>()
  const [codes, setCodes] = useState<readonly string[]>([])
  const close = () => {
    setOpen(undefined)
  }
  const shown = factors.data?.factors ?? []
  return (
    <div className="space-y-10">
      <PasswordForm user={user} />
      <div>
        <h3 className="text-lg font-medium">Second factors</h3>
        <p className="mt-1 mb-4 text-[0.9375rem] text-ink-2 text-pretty">
          With one of these a password that was guessed or stolen is not enough.
          {factors.data?.required && ' Whoever runs this Parley wants everybody to have one.'}
        </p>
        {factors.error && (
          <ProblemNote problem={problemOf(factors.error)}>
            <NoteAction onClick={() => void factors.refetch()}>Try again</NoteAction>
          </ProblemNote>
        )}
        {shown.length > 0 && (
          <Rows>
            {shown.map((factor) => (
              <FactorRow key={factor.name} factor={factor} onOpen={setOpen} />
            ))}
          </Rows>
        )}
        {passkey.error && (
          <div className="mt-4">
            <ProblemNote problem={failureOf(passkey.error)} />
          </div>
        )}
        <div className="mt-4 flex flex-wrap gap-2">
          <Button
            look="outline"
            onClick={() => {
              setOpen('totp')
            }}
          >
            Add an authenticator
          </Button>
          {canUsePasskeys() && (
            <Button
              look="outline"
              busy={passkey.isPending}
              onClick={() => {
                passkey.mutate('', {
                  onSuccess: (made) => {
                    setCodes(made.recoveryCodes)
                  },
                })
              }}
            >
              {passkey.isPending ? 'Waiting for the passkey…' : 'Add a passkey'}
            </Button>
          )}
        </div>
      </div>
      {shown.length > 0 && (
        <RecoveryCodes user={user} left={factors.data?.recoveryCodesLeft ?? 0} onCodes={setCodes} />
      )}
      {open === 'totp' && <TotpDialog user={user} onClose={close} onCodes={setCodes} />}
      {typeof open === 'object' && 'rename' in open && (
        <Rename factor={open.rename} onClose={close} />
      )}
      {typeof open === 'object' && 'remove' in open && (
        <Remove factor={open.remove} onClose={close} />
      )}
      {codes.length > 0 && (
        <SecretOnce
          title="Recovery codes"
          about={CODES}
          lines={codes}
          file="parley-recovery-codes.txt"
          onClose={() => {
            setCodes([])
          }}
        />
      )}
    </div>
  )
}

interface FactorRowProps {
  readonly factor: Factor
  readonly onOpen: (open: Open) => void
}

function FactorRow({ factor, onOpen }: FactorRowProps) {
  const isPasskey = factor.kind === Factor_Kind.PASSKEY
  const kind = isPasskey ? 'Passkey' : 'Authenticator'
  const note = [
    factor.createTime && `added ${dayOf(factor.createTime)}`,
    factor.lastUseTime ? `last used ${dayOf(factor.lastUseTime)}` : 'not used yet',
    isPasskey && (factor.backedUp ? 'kept by your device’s account' : 'on one device only'),
  ]
    .filter(Boolean)
    .join(', ')
  return (
    <Row
      title={factor.displayName}
      tags={factor.displayName !== kind && <Tag>{kind}</Tag>}
      note={note}
    >
      <RowAction
        label={`Rename ${factor.displayName}`}
        onClick={() => {
          onOpen({ rename: factor })
        }}
      >
        Rename
      </RowAction>
      <RowAction
        label={`Remove ${factor.displayName}`}
        danger
        onClick={() => {
          onOpen({ remove: factor })
        }}
      >
        Remove
      </RowAction>
    </Row>
  )
}

function Rename({ factor, onClose }: { readonly factor: Factor; readonly onClose: () => void }) {
  const rename = useRenameFactor()
  return (
    <NameDialog
      title="Rename"
      label="Name"
      action="Rename"
      value={factor.displayName}
      maxLength={100}
      busy={rename.isPending}
      error={rename.error}
      onClose={onClose}
      onSave={(displayName) => {
        rename.mutate({ name: factor.name, displayName }, { onSuccess: onClose })
      }}
    />
  )
}

function Remove({ factor, onClose }: { readonly factor: Factor; readonly onClose: () => void }) {
  const remove = useRemoveFactor()
  return (
    <ConfirmDialog
      title={`Remove ${factor.displayName}?`}
      action={remove.isPending ? 'Removing…' : 'Remove'}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(factor.name, { onSuccess: onClose })
      }}
    >
      It signs you in no more. You get a mail that says so.
    </ConfirmDialog>
  )
}

interface RecoveryCodesProps {
  readonly user: string
  readonly left: number
  readonly onCodes: (codes: readonly string[]) => void
}

function RecoveryCodes({ user, left, onCodes }: RecoveryCodesProps) {
  const renew = useNewRecoveryCodes(user)
  return (
    <div>
      <h3 className="text-lg font-medium">Recovery codes</h3>
      <p className="mt-1 text-[0.9375rem] text-ink-2">
        {left === 1 ? 'One is left.' : `${String(left)} are left.`} New ones take the place of all
        old ones.
      </p>
      {renew.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(renew.error)} />
        </div>
      )}
      <Button
        look="outline"
        className="mt-4"
        busy={renew.isPending}
        onClick={() => {
          renew.mutate(undefined, {
            onSuccess: (made) => {
              onCodes(made.recoveryCodes)
            },
          })
        }}
      >
        {renew.isPending ? 'Making them…' : 'Make new codes'}
      </Button>
    </div>
  )
}
