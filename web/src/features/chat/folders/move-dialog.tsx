'use client'

import { useState } from 'react'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import { useUpdateConversation } from '../conversations/api'
import { useFolders } from './api'
import { CreateFolderDialog } from './folder-dialogs'

interface MoveDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Moves a conversation into a folder, or out of the one it is in. */
export function MoveDialog({ conversation, onClose }: MoveDialogProps) {
  const { user } = useChat()
  const folders = useFolders(user)
  const update = useUpdateConversation(conversation.name)
  const [creating, setCreating] = useState(false)
  const error = folders.error ?? update.error
  const places = [{ name: '', displayName: 'No folder' }, ...(folders.data ?? [])]
  if (creating) {
    return (
      <CreateFolderDialog
        onClose={() => {
          setCreating(false)
        }}
      />
    )
  }
  return (
    <Dialog title="Move this conversation" onClose={onClose}>
      <ul className="-mx-2 mt-4 max-h-[50dvh] overflow-y-auto">
        {places.map(({ name, displayName }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={conversation.folder === name}
              onClick={() => {
                update.mutate({ folder: name }, { onSuccess: onClose })
              }}
              className="flex w-full items-center gap-2.5 rounded-lg px-3 py-2 text-left text-[0.9375rem] hover:bg-sunken aria-pressed:text-accent"
            >
              <Icon name={name ? 'folder' : 'close'} />
              <span className="min-w-0 flex-1 truncate">{displayName}</span>
              {conversation.folder === name && <Icon name="check" />}
            </button>
          </li>
        ))}
      </ul>
      {error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button
          look="quiet"
          className="mr-auto -ml-2"
          onClick={() => {
            setCreating(true)
          }}
        >
          <Icon name="plus" /> New folder
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}
