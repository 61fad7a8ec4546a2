'use client'

import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { NameDialog } from '@/shared/ui/name-dialog'
import { useUpdateConversation } from './api'

interface RenameDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Gives a conversation another title. */
export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const update = useUpdateConversation(conversation.name)
  return (
    <NameDialog
      title="Rename this conversation"
      label="Title"
      action="Rename"
      value={conversation.title}
      maxLength={200}
      busy={update.isPending}
      error={update.error}
      onClose={onClose}
      onSave={(title) => {
        update.mutate({ title }, { onSuccess: onClose })
      }}
    />
  )
}
