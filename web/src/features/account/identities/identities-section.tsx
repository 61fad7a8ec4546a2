import { useState } from 'react'
import type { Identity } from '@/gen/parley/auth/v1/identity_service_pb'
import { dayOf } from '@/shared/lib/times'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { useIdentities, useLink, useProviders, useUnlink } from './api'

/** Accounts elsewhere with which the user signs in. */
export function IdentitiesSection({ user }: { readonly user: string }) {
  const identities = useIdentities(user)
  const providers = useProviders()
  const link = useLink(user)
  const [chosen, choose] = useState<Identity>()
  const linked = identities.data?.identities ?? []
  const offered = providers.data?.identityProviders ?? []
  const nameOf = (provider: string) =>
    offered.find(({ name }) => name === provider)?.displayName ?? 'No longer offered here'
  const failed = identities.error ?? providers.error
  return (
    <>
      {failed && (
        <ProblemNote problem={problemOf(failed)}>
          <NoteAction onClick={() => void Promise.all([identities.refetch(), providers.refetch()])}>
            Try again
          </NoteAction>
        </ProblemNote>
      )}
      {linked.length > 0 && (
        <Rows>
          {linked.map((identity) => (
            <Row
              key={identity.name}
              title={nameOf(identity.provider)}
              note={aboutIdentity(identity)}
            >
              <RowAction
                label={`Unlink ${nameOf(identity.provider)}`}
                danger
                onClick={() => {
                  choose(identity)
                }}
              >
                Unlink
              </RowAction>
            </Row>
          ))}
        </Rows>
      )}
      {!failed && offered.length === 0 && (
        <p className="py-2 text-[0.9375rem] text-ink-2">
          None is set up here. Whoever runs this Parley can do that.
        </p>
      )}
      {link.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(link.error)} />
        </div>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        {offered.map(({ name, displayName }) => (
          <Button
            key={name}
            look="outline"
            busy={link.isPending && link.variables === name}
            onClick={() => {
              link.mutate(name)
            }}
          >
            Link {displayName}
          </Button>
        ))}
      </div>
      {chosen && (
        <Unlink
          identity={chosen}
          from={nameOf(chosen.provider)}
          onClose={() => {
            choose(undefined)
          }}
        />
      )}
    </>
  )
}

function aboutIdentity(identity: Identity): string {
  return [
    identity.label,
    identity.createTime && `linked ${dayOf(identity.createTime)}`,
    identity.lastUseTime && `last used ${dayOf(identity.lastUseTime)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

interface UnlinkProps {
  readonly identity: Identity
  readonly from: string
  readonly onClose: () => void
}

function Unlink({ identity, from, onClose }: UnlinkProps) {
  const unlink = useUnlink()
  return (
    <ConfirmDialog
      title={`Unlink ${from}?`}
      action={unlink.isPending ? 'Unlinking…' : 'Unlink'}
      busy={unlink.isPending}
      error={unlink.error}
      onClose={onClose}
      onConfirm={() => {
        unlink.mutate(identity.name, { onSuccess: onClose })
      }}
    >
      You no longer sign in with it. Your account there stays.
    </ConfirmDialog>
  )
}
