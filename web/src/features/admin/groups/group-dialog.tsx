import { useState } from 'react'
import type { SubmitEvent } from 'react'
import type { Group } from '@/gen/parley/auth/v1/group_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { useRoles } from '../roles/api'
import { roleOptions } from '../roles/names'
import { useCreateGroup, useUpdateGroup } from './api'

/** Asks what a new group is called, and what it adds to what its members may do. */
export function NewGroupDialog({ onClose }: { readonly onClose: () => void }) {
  const make = useCreateGroup()
  const idFor = useRequestIds()
  return (
    <GroupForm
      title="Make a group"
      action={make.isPending ? 'Making it…' : 'Make the group'}
      busy={make.isPending}
      error={make.error}
      onClose={onClose}
      onSave={(displayName, role = '') => {
        const wanted = { displayName, role }
        make.mutate({ ...wanted, requestId: idFor(wanted) }, { onSuccess: onClose })
      }}
    />
  )
}

interface EditGroupDialogProps {
  readonly group: Group
  readonly onClose: () => void
}

/** Asks what a group is to be called from now on, and what it is to add. */
export function EditGroupDialog({ group, onClose }: EditGroupDialogProps) {
  const change = useUpdateGroup()
  return (
    <GroupForm
      title={`Change ${group.displayName}`}
      action={change.isPending ? 'Saving…' : 'Save'}
      group={group}
      busy={change.isPending}
      error={change.error}
      onClose={onClose}
      onSave={(displayName, role) => {
        change.mutate({ name: group.name, displayName, role }, { onSuccess: onClose })
      }}
    />
  )
}

interface GroupFormProps {
  readonly title: string
  readonly action: string
  /** The group as it is, if there is one already. */
  readonly group?: Group
  readonly busy: boolean
  readonly error: Error | null
  readonly onClose: () => void
  /** Without a role, where the user may give none. */
  readonly onSave: (displayName: string, role: string | undefined) => void
}

function GroupForm({ title, action, group, busy, error, onClose, onSave }: GroupFormProps) {
  const roles = useRoles()
  const mayGive = useScopes().has('roles_write')
  const [role, setRole] = useState(group?.role ?? '')
  const given = roles.data?.roles.filter(({ name }) => name !== 'roles/owner')
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('name')
    const name = typeof typed === 'string' ? typed.trim() : ''
    if (!busy && name) onSave(name, mayGive ? role : undefined)
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-5">
        <Field
          label="Name"
          name="name"
          defaultValue={group?.displayName}
          maxLength={100}
          required
          autoFocus
          autoComplete="off"
        />
        {mayGive && (
          <Select
            label="Role that its members have besides their own"
            value={role}
            options={[{ value: '', label: 'None' }, ...roleOptions(given, role)]}
            onChoose={setRole}
          />
        )}
        {error && <ProblemNote problem={problemOf(error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
