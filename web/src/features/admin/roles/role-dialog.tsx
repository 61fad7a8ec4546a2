import type { SubmitEvent } from 'react'
import { Permission } from '@/gen/parley/access/v1/access_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useCreateRole } from './api'

/** Asks what a new role is called. What it allows is ticked afterwards. */
export function RoleDialog({ onClose }: { readonly onClose: () => void }) {
  const make = useCreateRole([Permission.ACCOUNT])
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [id, displayName] = [data.get('id'), data.get('name')]
    if (make.isPending || typeof id !== 'string' || typeof displayName !== 'string') return
    make.mutate({ name: `roles/${id}`, displayName: displayName.trim() }, { onSuccess: onClose })
  }
  return (
    <Dialog title="Make a role" onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-5">
        <Field label="What people call it" name="name" maxLength={100} required autoFocus />
        <Field
          label="How it is spelled"
          name="id"
          pattern="[a-z][a-z0-9\-]+"
          minLength={2}
          maxLength={40}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          hint="Small letters, digits and dashes. It stays."
        />
        {make.error && <ProblemNote problem={problemOf(make.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={make.isPending}>
            {make.isPending ? 'Making it…' : 'Make the role'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
