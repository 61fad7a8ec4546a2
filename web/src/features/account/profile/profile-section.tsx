import { useState } from 'react'
import { dayOf } from '@/shared/lib/times'
import { problemOf } from '@/shared/rpc/problem'
import { NameDialog } from '@/shared/ui/name-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { useProfile, useRenameUser } from './api'
import { EmailDialog } from './email-dialog'

/** Who the user is to others, and how mail reaches them. */
export function ProfileSection({ user }: { readonly user: string }) {
  const profile = useProfile(user)
  const rename = useRenameUser(user)
  const [open, setOpen] = useState<'name' | 'email'>()
  const close = () => {
    setOpen(undefined)
  }
  const known = profile.data?.user
  if (profile.error) {
    return (
      <ProblemNote problem={problemOf(profile.error)}>
        <NoteAction onClick={() => void profile.refetch()}>Try again</NoteAction>
      </ProblemNote>
    )
  }
  if (!known) {
    return (
      <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
        Loading…
      </p>
    )
  }
  return (
    <>
      <Rows>
        <Row title={known.displayName} note="Your name, as others see it">
          <RowAction
            label="Change your name"
            onClick={() => {
              setOpen('name')
            }}
          >
            Change
          </RowAction>
        </Row>
        <Row
          title={known.email}
          tags={known.emailVerified && <Tag>verified</Tag>}
          note="Your e-mail address, with which you sign in"
        >
          <RowAction
            label="Change your e-mail address"
            onClick={() => {
              setOpen('email')
            }}
          >
            Change
          </RowAction>
        </Row>
        <Row
          title={<span className="inline-block first-letter:uppercase">{known.role}</span>}
          note={`Your role here${known.createTime ? `, since ${dayOf(known.createTime)}` : ''}`}
        />
      </Rows>
      {open === 'name' && (
        <NameDialog
          title="Your name"
          label="Name"
          action={rename.isPending ? 'Saving…' : 'Save'}
          value={known.displayName}
          maxLength={100}
          busy={rename.isPending}
          error={rename.error}
          onClose={close}
          onSave={(name) => {
            rename.mutate(name, { onSuccess: close })
          }}
        />
      )}
      {open === 'email' && <EmailDialog user={user} onClose={close} />}
    </>
  )
}
