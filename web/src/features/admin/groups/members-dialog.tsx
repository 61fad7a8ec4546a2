import type { SubmitEvent } from 'react'
import type { Group } from '@/gen/parley/auth/v1/group_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { useAddMember, useMembers, useRemoveMember } from './api'

interface MembersDialogProps {
  readonly group: Group
  readonly mayChange: boolean
  readonly onClose: () => void
}

/** Who is in a group. */
export function MembersDialog({ group, mayChange, onClose }: MembersDialogProps) {
  const pages = useMembers(group.name)
  const remove = useRemoveMember(group.name)
  const members = pages.data?.pages.flatMap((page) => page.members) ?? []
  return (
    <Dialog title={group.displayName} wide onClose={onClose}>
      <div className="mt-4 space-y-5">
        {mayChange && <Add group={group.name} />}
        <div>
          {members.length > 0 && (
            <Rows>
              {members.map((member) => (
                <Row key={member.name} title={member.displayName} note={member.email}>
                  {mayChange && (
                    <RowAction
                      label={`Remove ${member.email}`}
                      danger
                      onClick={() => {
                        remove.mutate(member.name)
                      }}
                    >
                      Remove
                    </RowAction>
                  )}
                </Row>
              ))}
            </Rows>
          )}
          <More pages={pages} count={members.length} nothing="Nobody is in it." />
        </div>
        {remove.error && <ProblemNote problem={problemOf(remove.error)} />}
      </div>
      <div className="mt-6 flex justify-end">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

function Add({ group }: { readonly group: string }) {
  const add = useAddMember(group)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const email = new FormData(form).get('email')
    if (add.isPending || typeof email !== 'string' || !email.trim()) return
    add.mutate(email.trim(), {
      onSuccess: (found) => {
        if (found) form.reset()
      },
    })
  }
  return (
    <form onSubmit={submit} className="space-y-3">
      <Field
        label="E-mail address of a new member"
        name="email"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        fault={add.data === false ? 'Nobody here has this address.' : undefined}
      />
      {add.error && <ProblemNote problem={problemOf(add.error)} />}
      <Button type="submit" look="outline" busy={add.isPending}>
        {add.isPending ? 'Adding…' : 'Add them'}
      </Button>
    </form>
  )
}
