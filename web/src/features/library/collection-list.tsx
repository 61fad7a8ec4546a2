'use client'

import { useState } from 'react'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { useCreateCollection } from '@/shared/llm/collections'
import type { useCollections } from '@/shared/llm/collections'
import { userOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { CopyButton } from '@/shared/ui/copy-button'
import { Icon } from '@/shared/ui/icon'
import { NameDialog } from '@/shared/ui/name-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'

interface CollectionListProps {
  readonly user: string
  readonly collections: ReturnType<typeof useCollections>
  /** The name of the collection that is shown; empty for all documents. */
  readonly shown: string
  readonly onShow: (name: string) => void
}

/** All documents, the user's collections, and those that others share with them. */
export function CollectionList({ user, collections, shown, onShow }: CollectionListProps) {
  const [creating, setCreating] = useState(false)
  const create = useCreateCollection(user)
  const all = collections.data ?? []
  const own = all.filter(({ name }) => userOf(name) === user)
  const others = all.filter(({ name }) => userOf(name) !== user)
  const place = (name: string, displayName: string, count?: number) => (
    <li key={name}>
      <button
        type="button"
        aria-pressed={shown === name}
        onClick={() => {
          onShow(name)
        }}
        className="flex w-full items-center gap-2 rounded-lg px-2.5 py-2 text-left text-[0.9375rem] text-ink-2 transition-colors hover:bg-line/60 hover:text-ink aria-pressed:bg-line/60 aria-pressed:text-ink"
      >
        <Icon name={name ? 'folder' : 'book'} />
        <span className="min-w-0 flex-1 truncate">{displayName}</span>
        {count !== undefined && <span className="text-sm text-ink-3 tabular-nums">{count}</span>}
      </button>
    </li>
  )
  const listed = ({ name, displayName, documentCount }: Collection) =>
    place(name, displayName, documentCount)
  return (
    <nav aria-label="Collections" className="mt-5 md:-ml-2.5">
      <ul>
        {place('', 'All my documents')}
        {own.map(listed)}
      </ul>
      <button
        type="button"
        onClick={() => {
          setCreating(true)
        }}
        className="flex items-center gap-2 rounded-lg px-2.5 py-2 text-[0.9375rem] text-accent hover:bg-line/60"
      >
        <Icon name="plus" />
        New collection
      </button>
      <h2 className="mt-4 px-2.5 text-sm text-ink-3">Shared with me</h2>
      {others.length > 0 && <ul>{others.map(listed)}</ul>}
      <p className="px-2.5 py-1 text-[0.8125rem] text-ink-3">
        Others need your user name to share with you.{' '}
        <span className="-ml-2 inline-block align-middle">
          <CopyButton text={user} label="Copy your user name" />
        </span>
      </p>
      {collections.error && (
        <ProblemNote problem={problemOf(collections.error)}>
          <NoteAction onClick={() => void collections.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      {creating && (
        <NameDialog
          title="New collection"
          label="Name"
          action="Create"
          value=""
          maxLength={100}
          busy={create.isPending}
          error={create.error}
          onClose={() => {
            setCreating(false)
          }}
          onSave={(displayName, requestId) => {
            create.mutate(
              { displayName, requestId },
              {
                onSuccess: ({ collection }) => {
                  setCreating(false)
                  if (collection) onShow(collection.name)
                },
              },
            )
          }}
        />
      )}
    </nav>
  )
}
