'use client'

import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useDeleteConversation } from './api'

interface DeleteDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
  readonly onDeleted: () => void
}

/** Makes sure before a conversation is gone for good. */
export function DeleteDialog({ conversation, onClose, onDeleted }: DeleteDialogProps) {
  const remove = useDeleteConversation()
  return (
    <Dialog title="Delete this conversation?" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        <span className="font-medium text-ink">{conversation.title || 'Untitled'}</span> and
        everything said in it will be gone. This can’t be undone.
      </p>
      {remove.isError && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(remove.error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button look="quiet" autoFocus onClick={onClose}>
          Keep it
        </Button>
        <Button
          look="danger"
          busy={remove.isPending}
          onClick={() => {
            remove.mutate(conversation, { onSuccess: onDeleted })
          }}
        >
          {remove.isPending ? 'Deleting…' : 'Delete'}
        </Button>
      </div>
    </Dialog>
  )
}
