'use client'

import { useId, useRef, useState } from 'react'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useDeleteConversation } from './api'
import { useChat } from '../chat-context'
import { useUpdateConversation } from './api'
import { RenameDialog } from './rename-dialog'
import { ShareDialog } from '../shares/share-dialog'
import { useReplyStreams } from '../replies/use-reply'

const ITEM =
  'flex w-full items-center gap-2.5 rounded-md px-3 py-2 text-left text-[0.9375rem] hover:bg-sunken'

/** What can be done with the conversation that is open. */
export function ConversationMenu({ conversation }: { readonly conversation: Conversation }) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const { open, offerUndo } = useChat()
  const streams = useReplyStreams()
  const update = useUpdateConversation(conversation.name)
  const remove = useDeleteConversation()
  const [renaming, setRenaming] = useState(false)
  const [sharing, setSharing] = useState(false)
  const { name, pinned, archived, temporary } = conversation
  const error = update.error ?? remove.error

  const close = () => menu.current?.hidePopover()
  const onDeleted = () => {
    streams.discard(name)
    open(undefined)
    if (!temporary) offerUndo(conversation)
  }
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label="Conversation menu"
        title="Conversation menu"
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-2 transition-colors hover:bg-line/60 hover:text-ink"
      >
        <Icon name="more" className="size-5" />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="conversation-menu w-56 rounded-xl border border-line bg-raised p-1.5 text-ink shadow-raised"
      >
        <button
          type="button"
          className={ITEM}
          onClick={() => {
            close()
            setRenaming(true)
          }}
        >
          <Icon name="edit" /> Rename
        </button>
        {!temporary && (
          <>
            <button
              type="button"
              className={ITEM}
              onClick={() => {
                close()
                setSharing(true)
              }}
            >
              <Icon name="share" /> Share
            </button>
            <button
              type="button"
              className={ITEM}
              onClick={() => {
                update.mutate({ pinned: !pinned }, { onSuccess: close })
              }}
            >
              <Icon name="pin" /> {pinned ? 'Unpin' : 'Pin'}
            </button>
            <button
              type="button"
              className={ITEM}
              onClick={() => {
                update.mutate({ archived: !archived }, { onSuccess: close })
              }}
            >
              <Icon name="archive" /> {archived ? 'Take out of the archive' : 'Archive'}
            </button>
          </>
        )}
        <button
          type="button"
          className={`${ITEM} text-danger`}
          onClick={() => {
            remove.mutate(conversation, { onSuccess: onDeleted })
          }}
        >
          <Icon name="trash" /> Delete
        </button>
        {error && <ProblemNote problem={problemOf(error)} />}
      </div>
      {sharing && (
        <ShareDialog
          conversation={name}
          onClose={() => {
            setSharing(false)
          }}
        />
      )}
      {renaming && (
        <RenameDialog
          conversation={conversation}
          onClose={() => {
            setRenaming(false)
          }}
        />
      )}
    </>
  )
}
