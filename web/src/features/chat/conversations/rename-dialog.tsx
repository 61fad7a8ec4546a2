'use client'

import { useState } from 'react'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useUpdateConversation } from './api'

interface RenameDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Gives a conversation another title. */
export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const update = useUpdateConversation(conversation.name)
  const [title, setTitle] = useState(conversation.title)
  return (
    <Dialog title="Rename this conversation" onClose={onClose}>
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          update.mutate({ title: title.trim() }, { onSuccess: onClose })
        }}
      >
        <Field
          label="Title"
          value={title}
          maxLength={200}
          required
          autoFocus
          onChange={(event) => {
            setTitle(event.target.value)
          }}
        />
        {update.isError && (
          <div className="mt-4">
            <ProblemNote problem={problemOf(update.error)} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={update.isPending}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
