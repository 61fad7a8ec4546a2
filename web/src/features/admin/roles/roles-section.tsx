import { useState } from 'react'
import type { Permission } from '@/gen/parley/access/v1/access_pb'
import type { Role } from '@/gen/parley/auth/v1/role_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { useAllow, useDeleteRole, useRenameRole, useRoles } from './api'
import { PERMISSIONS, toggled } from './permissions'
import { RoleDialog } from './role-dialog'

/** What each role allows. */
export function RolesSection() {
  const roles = useRoles()
  const allow = useAllow()
  const mayChange = useScopes().has('roles_write')
  const [making, setMaking] = useState(false)
  const [renaming, rename] = useState<Role>()
  const [chosen, choose] = useState<Role>()
  if (roles.error) {
    return (
      <ProblemNote problem={problemOf(roles.error)}>
        <NoteAction onClick={() => void roles.refetch()}>Try again</NoteAction>
      </ProblemNote>
    )
  }
  return (
    <>
      <Matrix
        roles={roles.data?.roles ?? []}
        busy={allow.isPending}
        onToggle={(role, permission) => {
          allow.mutate({ name: role.name, permissions: toggled(role.permissions, permission) })
        }}
        mayChange={mayChange}
        onRename={rename}
        onDelete={choose}
      />
      {allow.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(allow.error)} />
        </div>
      )}
      {mayChange && (
        <Button
          look="outline"
          className="mt-4"
          onClick={() => {
            setMaking(true)
          }}
        >
          Make a role
        </Button>
      )}
      {making && (
        <RoleDialog
          onClose={() => {
            setMaking(false)
          }}
        />
      )}
      {renaming && (
        <Rename
          role={renaming}
          onClose={() => {
            rename(undefined)
          }}
        />
      )}
      {chosen && (
        <Delete
          role={chosen}
          onClose={() => {
            choose(undefined)
          }}
        />
      )}
    </>
  )
}

interface MatrixProps {
  readonly roles: readonly Role[]
  readonly busy: boolean
  readonly mayChange: boolean
  readonly onToggle: (role: Role, permission: Permission) => void
  readonly onRename: (role: Role) => void
  readonly onDelete: (role: Role) => void
}

function Matrix({ roles, busy, mayChange, onToggle, ...props }: MatrixProps) {
  return (
    // Wider than a phone: it can be scrolled, also with the keyboard.
    <div role="region" aria-label="What roles allow" tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-[0.9375rem]">
        <thead>
          <tr className="border-b border-line align-bottom">
            <th
              scope="col"
              className="sticky left-0 bg-paper py-2 pr-4 text-left text-[0.8125rem] font-normal text-ink-3"
            >
              It allows
            </th>
            {roles.map((role) => (
              <th key={role.name} scope="col" className="min-w-20 px-2 py-2 font-medium">
                {role.displayName}
                {mayChange && !role.builtIn && (
                  <span className="flex flex-col items-center">
                    <RowAction
                      label={`Rename ${role.displayName}`}
                      onClick={() => {
                        props.onRename(role)
                      }}
                    >
                      Rename
                    </RowAction>
                    <RowAction
                      label={`Delete ${role.displayName}`}
                      danger
                      onClick={() => {
                        props.onDelete(role)
                      }}
                    >
                      Delete
                    </RowAction>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {PERMISSIONS.map(([permission, words]) => (
            <tr key={permission}>
              <th
                scope="row"
                className="sticky left-0 min-w-36 bg-paper py-1.5 pr-4 text-left font-normal sm:min-w-40"
              >
                {words}
              </th>
              {roles.map((role) => (
                <td key={role.name} className="px-2 py-1.5 text-center">
                  <input
                    type="checkbox"
                    aria-label={`${role.displayName}: ${words}`}
                    checked={role.permissions.includes(permission)}
                    disabled={busy || !mayChange || role.builtIn}
                    onChange={() => {
                      onToggle(role, permission)
                    }}
                    className="size-4 accent-(--accent)"
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Rename({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) {
  const rename = useRenameRole()
  return (
    <NameDialog
      title={`Rename ${role.displayName}`}
      label="What people call it"
      action={rename.isPending ? 'Saving…' : 'Save'}
      value={role.displayName}
      maxLength={100}
      busy={rename.isPending}
      error={rename.error}
      onClose={onClose}
      onSave={(displayName) => {
        rename.mutate({ name: role.name, displayName }, { onSuccess: onClose })
      }}
    />
  )
}

function Delete({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) {
  const remove = useDeleteRole()
  return (
    <ConfirmDialog
      title={`Delete ${role.displayName}?`}
      action={remove.isPending ? 'Deleting…' : 'Delete'}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(role.name, { onSuccess: onClose })
      }}
    >
      Only a role that nobody has can go.
    </ConfirmDialog>
  )
}
