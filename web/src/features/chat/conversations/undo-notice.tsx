'use client'

import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { useChat } from '../chat-context'
import { useUndeleteConversation } from './api'

interface UndoNoticeProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Says that a conversation is deleted, and brings it back. Stays until it is closed. */
export function UndoNotice({ conversation, onClose }: UndoNoticeProps) {
  const { open } = useChat()
  const undelete = useUndeleteConversation()
  return (
    <div className="fixed inset-x-3 bottom-28 z-20 mx-auto flex w-fit max-w-[calc(100vw-1.5rem)] animate-arrive items-center gap-3 rounded-xl border border-line bg-raised py-2 pr-2 pl-4 text-sm text-ink shadow-raised md:bottom-34 md:left-[18.25rem] md:max-w-[calc(100vw-19rem)]">
      <p role="status" className="min-w-0 truncate">
        {undelete.isError
          ? problemOf(undelete.error).text
          : `Deleted “${conversation.title || 'Untitled'}”`}
      </p>
      <button
        type="button"
        className="shrink-0 rounded font-medium text-accent underline underline-offset-4"
        onClick={() => {
          undelete.mutate(conversation.name, {
            onSuccess: () => {
              open(idOf(conversation.name))
              onClose()
            },
          })
        }}
      >
        Undo
      </button>
      <IconButton label="Close the notice" onClick={onClose}>
        <Icon name="close" />
      </IconButton>
    </div>
  )
}
