'use client'

import { useState } from 'react'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import type { Share } from '@/gen/parley/chat/v1/share_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from '@/shared/ui/button'
import { CopyButton } from '@/shared/ui/copy-button'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useCreateShare, useRevokeShare, useShares } from './api'

interface ShareDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Makes links to a conversation as it is now, and revokes them. */
export function ShareDialog({ conversation: { name }, onClose }: ShareDialogProps) {
  const shares = useShares(name)
  const create = useCreateShare(name)
  const revoke = useRevokeShare(name)
  const [signedInOnly, setSignedInOnly] = useState(false)
  // The dialog stays open: once a link is made or revoked, the next one is another wish.
  const [done, setDone] = useState(0)
  const idFor = useRequestIds()
  const onSuccess = () => {
    setDone((before) => before + 1)
  }
  const error = shares.error ?? create.error ?? revoke.error
  return (
    <Dialog title="Share this conversation" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        Whoever has the link sees what has been said up to now, and nothing that is said later.
      </p>
      <ul className="mt-4 space-y-2">
        {shares.data?.map((share) => (
          <Link
            key={share.name}
            share={share}
            onRevoke={() => {
              revoke.mutate(share, { onSuccess })
            }}
          />
        ))}
      </ul>
      <label className="mt-4 flex items-center gap-2.5 text-[0.9375rem]">
        <input
          type="checkbox"
          checked={signedInOnly}
          onChange={(event) => {
            setSignedInOnly(event.target.checked)
          }}
          className="size-4 accent-(--accent)"
        />
        Only for people who are signed in here
      </label>
      {error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
        <Button
          busy={create.isPending}
          onClick={() => {
            const requestId = idFor({ signedInOnly, done })
            create.mutate({ signedInOnly, requestId }, { onSuccess })
          }}
        >
          Create a link
        </Button>
      </div>
    </Dialog>
  )
}

function Link({ share, onRevoke }: { readonly share: Share; readonly onRevoke: () => void }) {
  const link = `${location.origin}/shared#${share.token}`
  return (
    <li className="rounded-lg bg-sunken px-3 py-2 text-sm">
      <a href={link} className="block truncate text-accent underline underline-offset-4">
        {link}
      </a>
      <div className="mt-1 flex items-center gap-1 text-[0.8125rem] text-ink-3">
        <span className="flex-1">
          {share.createTime && timestampDate(share.createTime).toLocaleDateString()}
          {share.signedInOnly && ' · signed in only'}
        </span>
        <CopyButton text={link} label="Copy link" />
        <button
          type="button"
          onClick={onRevoke}
          className="h-8 rounded-md px-2 text-danger hover:bg-line/60"
        >
          Revoke
        </button>
      </div>
    </li>
  )
}
