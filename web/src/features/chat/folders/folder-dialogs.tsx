'use client'

import type { Folder } from '@/gen/parley/chat/v1/folder_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import { useCreateFolder, useDeleteFolder, useRenameFolder } from './api'

const MAX_NAME = 100

/** Makes a folder. */
export function CreateFolderDialog({ onClose }: { readonly onClose: () => void }) {
  const { user } = useChat()
  const create = useCreateFolder(user)
  return (
    <NameDialog
      title="New folder"
      label="Name"
      action="Create"
      value=""
      maxLength={MAX_NAME}
      busy={create.isPending}
      error={create.error}
      onClose={onClose}
      onSave={(displayName, requestId) => {
        create.mutate({ displayName, requestId }, { onSuccess: onClose })
      }}
    />
  )
}

interface FolderDialogProps {
  readonly folder: Folder
  readonly onClose: () => void
}

/** Gives a folder another name. */
export function RenameFolderDialog({ folder, onClose }: FolderDialogProps) {
  const rename = useRenameFolder()
  return (
    <NameDialog
      title="Rename this folder"
      label="Name"
      action="Rename"
      value={folder.displayName}
      maxLength={MAX_NAME}
      busy={rename.isPending}
      error={rename.error}
      onClose={onClose}
      onSave={(displayName) => {
        rename.mutate({ name: folder.name, displayName }, { onSuccess: onClose })
      }}
    />
  )
}

/** Deletes a folder, once it is said what becomes of what is in it. */
export function DeleteFolderDialog({ folder, onClose }: FolderDialogProps) {
  const remove = useDeleteFolder()
  return (
    <Dialog title="Delete this folder?" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        What is in “{folder.displayName}” stays, in no folder.
      </p>
      {remove.isError && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(remove.error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button
          look="danger"
          busy={remove.isPending}
          onClick={() => {
            remove.mutate(folder, { onSuccess: onClose })
          }}
        >
          Delete
        </Button>
      </div>
    </Dialog>
  )
}
