'use client'

import { useState } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import { EVERYTHING } from '../conversations/filter'
import { useFolders } from './api'
import { CreateFolderDialog, DeleteFolderDialog, RenameFolderDialog } from './folder-dialogs'

/** The user's folders, and the way to a new one. One that is pressed is what is listed. */
export function FolderList() {
  const { user, filter, list } = useChat()
  const folders = useFolders(user)
  const [creating, setCreating] = useState(false)
  return (
    <section aria-label="Folders" className="pt-1">
      <div className="flex items-center">
        <h2 className="flex-1 px-3 text-xs font-medium text-ink-3">Folders</h2>
        <IconButton
          label="New folder"
          onClick={() => {
            setCreating(true)
          }}
        >
          <Icon name="plus" />
        </IconButton>
      </div>
      {folders.isError && (
        <ProblemNote problem={problemOf(folders.error)}>
          <NoteAction onClick={() => void folders.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      <ul className="max-h-48 overflow-y-auto">
        {folders.data?.map(({ name, displayName }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={filter.folder === name}
              onClick={() => {
                list(filter.folder === name ? EVERYTHING : { ...EVERYTHING, folder: name })
              }}
              className="flex w-full items-center gap-2 rounded-lg px-3 py-2 text-left text-sm text-ink-2 transition-colors hover:bg-line/60 hover:text-ink aria-pressed:bg-accent-wash aria-pressed:text-accent"
            >
              <Icon name="folder" />
              <span className="min-w-0 flex-1 truncate">{displayName}</span>
            </button>
          </li>
        ))}
      </ul>
      {creating && (
        <CreateFolderDialog
          onClose={() => {
            setCreating(false)
          }}
        />
      )}
    </section>
  )
}

/** Names the folder that is listed, and lets it be renamed and deleted. */
export function FolderFilter({ name }: { readonly name: string }) {
  const { user, list } = useChat()
  const folders = useFolders(user)
  const [asking, setAsking] = useState<'rename' | 'delete'>()
  const folder = folders.data?.find((folder) => folder.name === name)
  const close = () => {
    setAsking(undefined)
  }
  return (
    <div className="mt-3 flex items-center border-t border-line pt-2 text-sm">
      <h2 className="min-w-0 flex-1 truncate px-3 font-medium">{folder?.displayName}</h2>
      <IconButton
        label="Rename the folder"
        onClick={() => {
          setAsking('rename')
        }}
      >
        <Icon name="edit" />
      </IconButton>
      <IconButton
        label="Delete the folder"
        onClick={() => {
          setAsking('delete')
        }}
      >
        <Icon name="trash" />
      </IconButton>
      <IconButton
        label="All folders"
        onClick={() => {
          list(EVERYTHING)
        }}
      >
        <Icon name="close" />
      </IconButton>
      {folder && asking === 'rename' && <RenameFolderDialog folder={folder} onClose={close} />}
      {folder && asking === 'delete' && <DeleteFolderDialog folder={folder} onClose={close} />}
    </div>
  )
}
