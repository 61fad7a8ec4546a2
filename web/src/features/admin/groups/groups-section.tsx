import { useState } from 'react'
import type { Group } from '@/gen/parley/auth/v1/group_service_pb'
import { dayOf } from '@/shared/lib/times'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { More } from '@/shared/ui/more'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { idOfRole } from '../roles/names'
import { useDeleteGroup, useGroups } from './api'
import { EditGroupDialog, NewGroupDialog } from './group-dialog'
import { MembersDialog } from './members-dialog'

type Open =
  'new' | { readonly members: Group } | { readonly change: Group } | { readonly remove: Group }

/** Groups of people, with what each adds to what they may do. */
export function GroupsSection() {
  const pages = useGroups()
  const mayChange = useScopes().has('groups_write')
  const [open, setOpen] = useState<Open>()
  const groups = pages.data?.pages.flatMap((page) => page.groups) ?? []
  const close = () => {
    setOpen(undefined)
  }
  return (
    <>
      {groups.length > 0 && (
        <Rows>
          {groups.map((group) => (
            <Row
              key={group.name}
              title={group.displayName}
              tags={group.role && <Tag>{idOfRole(group.role)}</Tag>}
              note={group.createTime && `since ${dayOf(group.createTime)}`}
            >
              <RowAction
                label={`Members of ${group.displayName}`}
                onClick={() => {
                  setOpen({ members: group })
                }}
              >
                Members
              </RowAction>
              {mayChange && (
                <RowAction
                  label={`Change ${group.displayName}`}
                  onClick={() => {
                    setOpen({ change: group })
                  }}
                >
                  Change
                </RowAction>
              )}
              {mayChange && (
                <RowAction
                  label={`Delete ${group.displayName}`}
                  danger
                  onClick={() => {
                    setOpen({ remove: group })
                  }}
                >
                  Delete
                </RowAction>
              )}
            </Row>
          ))}
        </Rows>
      )}
      <More pages={pages} count={groups.length} nothing="There is no group." />
      {mayChange && (
        <Button
          look="outline"
          className="mt-4"
          onClick={() => {
            setOpen('new')
          }}
        >
          Make a group
        </Button>
      )}
      {open === 'new' && <NewGroupDialog onClose={close} />}
      {typeof open === 'object' && 'members' in open && (
        <MembersDialog group={open.members} mayChange={mayChange} onClose={close} />
      )}
      {typeof open === 'object' && 'change' in open && (
        <EditGroupDialog group={open.change} onClose={close} />
      )}
      {typeof open === 'object' && 'remove' in open && (
        <Delete group={open.remove} onClose={close} />
      )}
    </>
  )
}

function Delete({ group, onClose }: { readonly group: Group; readonly onClose: () => void }) {
  const remove = useDeleteGroup()
  return (
    <ConfirmDialog
      title={`Delete ${group.displayName}?`}
      action={remove.isPending ? 'Deleting…' : 'Delete'}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(group.name, { onSuccess: onClose })
      }}
    >
      Its members stay, without what the group allowed them.
    </ConfirmDialog>
  )
}
