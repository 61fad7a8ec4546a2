import { useState } from 'react'
import type { ReactNode } from 'react'
import type { Account } from '@/gen/parley/auth/v1/account_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { useRoles } from '../roles/api'
import { roleOptions } from '../roles/names'
import { ActAsDialog } from './act-as-dialog'
import { useMeasure } from './api'
import { SessionsOf } from './sessions-of'

interface PersonDialogProps {
  readonly account: Account
  /** Whether it is the account of who looks at it. */
  readonly self: boolean
  readonly onClose: () => void
}

/** What can be done with somebody's account. */
export function PersonDialog({ account, self, onClose }: PersonDialogProps) {
  const scopes = useScopes()
  const measure = useMeasure(account.name)
  const [asking, ask] = useState<'delete' | 'act'>()
  const disabled = account.disableTime !== undefined
  const take = (kind: 'disable' | 'enable' | 'resetFactors') => () => {
    measure.mutate({ kind })
  }
  const back = () => {
    ask(undefined)
  }
  if (asking === 'act') return <ActAsDialog account={account} onClose={back} />
  if (asking === 'delete') {
    return (
      <ConfirmDialog
        title={`Delete ${account.displayName}?`}
        action={measure.isPending ? 'Deleting…' : 'Delete the account'}
        busy={measure.isPending}
        error={measure.error}
        onClose={back}
        onConfirm={() => {
          measure.mutate({ kind: 'delete' }, { onSuccess: onClose })
        }}
      >
        {account.email} and all that belongs to the account go for good.
      </ConfirmDialog>
    )
  }
  return (
    <Dialog title={account.displayName} wide onClose={onClose}>
      <p className="mt-1 text-sm break-words text-ink-3">
        {account.email}, <code className="text-[0.8125rem]">{account.name}</code>
      </p>
      <div className="mt-5 space-y-6">
        {scopes.has('roles_write') && <RoleChoice account={account} />}
        {scopes.has('sessions_revoke') && <SessionsOf account={account} />}
        {scopes.has('impersonate') && !self && !disabled && (
          <Measures title="What they see">
            <Button
              look="outline"
              onClick={() => {
                ask('act')
              }}
            >
              Act as them…
            </Button>
          </Measures>
        )}
        {scopes.has('users_write') && !self && (
          <Measures title="Account">
            <Button
              look="outline"
              busy={measure.isPending}
              onClick={take(disabled ? 'enable' : 'disable')}
            >
              {disabled ? 'Let them in again' : 'Disable'}
            </Button>
            <Button look="outline" busy={measure.isPending} onClick={take('resetFactors')}>
              Remove second factors
            </Button>
            <Button
              look="danger"
              onClick={() => {
                ask('delete')
              }}
            >
              Delete…
            </Button>
          </Measures>
        )}
        {measure.error && <ProblemNote problem={problemOf(measure.error)} />}
        {measure.isSuccess && (
          <p role="status" className="text-[0.9375rem] text-ink-2">
            Done.
          </p>
        )}
      </div>
      <div className="mt-6 flex justify-end">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

function Measures({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <h3 className="text-sm font-medium">{title}</h3>
      <div className="mt-2 flex flex-wrap gap-2">{children}</div>
    </div>
  )
}

function RoleChoice({ account }: { readonly account: Account }) {
  const roles = useRoles()
  const measure = useMeasure(account.name)
  return (
    <div className="space-y-3">
      <Select
        label="Role"
        value={account.role}
        disabled={measure.isPending || !roles.data}
        options={roleOptions(roles.data?.roles, account.role)}
        onChoose={(role) => {
          measure.mutate({ kind: 'role', role })
        }}
      />
      {measure.error && <ProblemNote problem={problemOf(measure.error)} />}
    </div>
  )
}
