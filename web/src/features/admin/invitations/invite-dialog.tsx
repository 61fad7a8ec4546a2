import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Check } from '@/shared/ui/check'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { useRoles } from '../roles/api'
import { roleOptions } from '../roles/names'
import { useInvite } from './api'

interface InviteDialogProps {
  readonly onClose: () => void
  /** Told what the person signs up with; nothing if it went by mail. */
  readonly onInvited: (token: string) => void
}

/** Asks who is invited, and what they may do. */
export function InviteDialog({ onClose, onInvited }: InviteDialogProps) {
  const invite = useInvite()
  const idFor = useRequestIds()
  const mayRead = useScopes().has('users_read')
  const [role, setRole] = useState('')
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const whom = data.get('whom')
    if (invite.isPending || typeof whom !== 'string') return
    const wanted = { whom, role, sendMail: data.has('mail') }
    invite.mutate(
      { ...wanted, requestId: idFor(wanted) },
      {
        onSuccess: ({ token }) => {
          onInvited(token)
        },
      },
    )
  }
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-5">
        <Field
          label="Whom"
          name="whom"
          maxLength={254}
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          hint="An e-mail address, or a domain. Empty: whoever has the link."
        />
        {mayRead && <RoleChoice role={role} onChoose={setRole} />}
        <Check name="mail">Send it to the address by mail</Check>
        {invite.error && <ProblemNote problem={problemOf(invite.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={invite.isPending}>
            {invite.isPending ? 'Inviting…' : 'Invite'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface RoleChoiceProps {
  readonly role: string
  readonly onChoose: (role: string) => void
}

function RoleChoice({ role, onChoose }: RoleChoiceProps) {
  const roles = useRoles()
  return (
    <Select
      label="Role"
      value={role}
      options={[{ value: '', label: 'What the policy says' }, ...roleOptions(roles.data?.roles)]}
      onChoose={onChoose}
    />
  )
}
