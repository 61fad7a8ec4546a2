import { useState } from 'react'
import type { Invitation } from '@/gen/parley/auth/v1/invitation_service_pb'
import { dayOf } from '@/shared/lib/times'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { SecretOnce } from '@/shared/ui/secret-once'
import { idOfRole } from '../roles/names'
import { useInvitations, useTakeBack } from './api'
import { inviteeName, invitationLink } from './invitee'
import { InviteDialog } from './invite-dialog'

/** Who may sign up, and has not yet. */
export function InvitationsSection() {
  const pages = useInvitations()
  const takeBack = useTakeBack()
  const [inviting, setInviting] = useState(false)
  const [token, setToken] = useState('')
  const invitations = pages.data?.pages.flatMap((page) => page.invitations) ?? []
  return (
    <>
      {invitations.length > 0 && (
        <Rows>
          {invitations.map((invitation) => (
            <Row
              key={invitation.name}
              title={inviteeName(invitation)}
              note={aboutInvitation(invitation)}
            >
              <RowAction
                label={`Take back: ${inviteeName(invitation)}`}
                danger
                onClick={() => {
                  takeBack.mutate(invitation.name)
                }}
              >
                Take back
              </RowAction>
            </Row>
          ))}
        </Rows>
      )}
      <More pages={pages} count={invitations.length} nothing="Nobody is invited." />
      {takeBack.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(takeBack.error)} />
        </div>
      )}
      <Button
        look="outline"
        className="mt-4"
        onClick={() => {
          setInviting(true)
        }}
      >
        Invite somebody
      </Button>
      {inviting && (
        <InviteDialog
          onClose={() => {
            setInviting(false)
          }}
          onInvited={(token) => {
            setInviting(false)
            setToken(token)
          }}
        />
      )}
      {token && (
        <SecretOnce
          title="Their invitation"
          about="With this link one person signs up. It is not shown again."
          lines={[invitationLink(location.origin, token)]}
          onClose={() => {
            setToken('')
          }}
        />
      )}
    </>
  )
}

function aboutInvitation({ role, createTime, expireTime }: Invitation): string {
  return [
    role && `as ${idOfRole(role)}`,
    createTime && `since ${dayOf(createTime)}`,
    expireTime && `until ${dayOf(expireTime)}`,
  ]
    .filter(Boolean)
    .join(', ')
}
