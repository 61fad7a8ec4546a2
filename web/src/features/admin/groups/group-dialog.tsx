import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { useRoles } from '../roles/api'
import { roleOptions } from '../roles/names'
import { useCreateGroup } from './api'

/** Asks what a new group is called, and what it adds to what its members may do. */
export function GroupDialog({ onClose }: { readonly onClose: () => void }) {
  const roles = useRoles()
  const make = useCreateGroup()
  const idFor = useRequestIds()
  const [role, setRole] = useState('')
  const given = roles.data?.roles.filter(({ name }) => name !== 'roles/owner')
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('name')
    if (make.isPending || typeof typed !== 'string') return
    const wanted = { displayName: typed.trim(), role }
    make.mutate({ ...wanted, requestId: idFor(wanted) }, { onSuccess: onClose })
  }
  return (
    <Dialog title="Make a group" onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-5">
        <Field label="Name" name="name" maxLength={100} required autoFocus autoComplete="off" />
        <Select
          label="Role that its members have besides their own"
          value={role}
          options={[{ value: '', label: 'None' }, ...roleOptions(given)]}
          onChoose={setRole}
        />
        {make.error && <ProblemNote problem={problemOf(make.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={make.isPending}>
            {make.isPending ? 'Making it…' : 'Make the group'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
