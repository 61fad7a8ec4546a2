'use client'

import { useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import { MoveDialog } from '../folders/move-dialog'
import { useReplyStreams } from '../replies/use-reply'
import { ShareDialog } from '../shares/share-dialog'
import { useDeleteConversation, useUpdateConversation } from './api'
import { RenameDialog } from './rename-dialog'
import { TagsDialog } from './tags-dialog'

const DIALOGS = {
  rename: RenameDialog,
  share: ShareDialog,
  move: MoveDialog,
  tags: TagsDialog,
} as const

/** What can be done with the conversation that is open. */
export function ConversationMenu({ conversation }: { readonly conversation: Conversation }) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const { open, offerUndo } = useChat()
  const streams = useReplyStreams()
  const update = useUpdateConversation(conversation.name)
  const remove = useDeleteConversation()
  const [dialog, setDialog] = useState<keyof typeof DIALOGS>()
  const Opened = dialog && DIALOGS[dialog]
  const { name, pinned, archived, temporary } = conversation
  const error = update.error ?? remove.error

  const close = () => menu.current?.hidePopover()
  const ask = (dialog: keyof typeof DIALOGS) => {
    close()
    setDialog(dialog)
  }
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
        <Item
          icon="edit"
          onClick={() => {
            ask('rename')
          }}
        >
          Rename
        </Item>
        {!temporary && (
          <>
            <Item
              icon="share"
              onClick={() => {
                ask('share')
              }}
            >
              Share
            </Item>
            <Item
              icon="folder"
              onClick={() => {
                ask('move')
              }}
            >
              Move to a folder
            </Item>
            <Item
              icon="tag"
              onClick={() => {
                ask('tags')
              }}
            >
              Tags
            </Item>
            <Item
              icon="pin"
              onClick={() => {
                update.mutate({ pinned: !pinned }, { onSuccess: close })
              }}
            >
              {pinned ? 'Unpin' : 'Pin'}
            </Item>
            <Item
              icon="archive"
              onClick={() => {
                update.mutate({ archived: !archived }, { onSuccess: close })
              }}
            >
              {archived ? 'Take out of the archive' : 'Archive'}
            </Item>
          </>
        )}
        <Item
          icon="trash"
          look="text-danger"
          onClick={() => {
            remove.mutate(conversation, { onSuccess: onDeleted })
          }}
        >
          Delete
        </Item>
        {error && <ProblemNote problem={problemOf(error)} />}
      </div>
      {Opened && (
        <Opened
          conversation={conversation}
          onClose={() => {
            setDialog(undefined)
          }}
        />
      )}
    </>
  )
}

interface ItemProps {
  readonly icon: Parameters<typeof Icon>[0]['name']
  readonly look?: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function Item({ icon, look = '', onClick, children }: ItemProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={`flex w-full items-center gap-2.5 rounded-md px-3 py-2 text-left text-[0.9375rem] hover:bg-sunken ${look}`}
    >
      <Icon name={icon} /> {children}
    </button>
  )
}
