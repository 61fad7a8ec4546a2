'use client'

import { useState } from 'react'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { useDeleteCollection, useUpdateCollection } from '@/shared/llm/collections'
import { userOf } from '@/shared/lib/names'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { RowAction } from '@/shared/ui/row-action'
import { aboutReaders } from './readers'
import { ShareDialog } from './share-dialog'

interface CollectionHeadProps {
  readonly user: string
  /** None for all documents. */
  readonly collection: Collection | undefined
}

/** What is shown, and what can be done with it as a whole. */
export function CollectionHead({ user, collection }: CollectionHeadProps) {
  const title = collection?.displayName ?? 'All my documents'
  const isOwn = collection && userOf(collection.name) === user
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <h2 className="min-w-0 font-serif text-2xl font-medium tracking-tight">{title}</h2>
      {isOwn && <Actions user={user} collection={collection} />}
      {collection && !isOwn && (
        <p className="w-full text-sm text-ink-3">
          Shared with you by {userOf(collection.name)}. You can search and read it.
        </p>
      )}
      {isOwn && collection.readers.length > 0 && (
        <p className="w-full text-sm text-ink-3">Shared with {aboutReaders(collection.readers)}.</p>
      )}
    </div>
  )
}

interface ActionsProps {
  readonly user: string
  readonly collection: Collection
}

function Actions({ user, collection }: ActionsProps) {
  const [asking, ask] = useState<'rename' | 'share' | 'delete'>()
  const update = useUpdateCollection(collection.name)
  const remove = useDeleteCollection()
  const close = () => {
    ask(undefined)
    update.reset()
  }
  return (
    <div className="-ml-2 flex flex-wrap">
      <RowAction
        onClick={() => {
          ask('rename')
        }}
      >
        Rename
      </RowAction>
      <RowAction
        onClick={() => {
          ask('share')
        }}
      >
        Share
      </RowAction>
      <RowAction
        danger
        onClick={() => {
          ask('delete')
        }}
      >
        Delete
      </RowAction>
      {asking === 'rename' && (
        <NameDialog
          title="Rename this collection"
          label="Name"
          action="Rename"
          value={collection.displayName}
          maxLength={100}
          busy={update.isPending}
          error={update.error}
          onClose={close}
          onSave={(displayName) => {
            update.mutate({ displayName }, { onSuccess: close })
          }}
        />
      )}
      {asking === 'share' && (
        <ShareDialog user={user} collection={collection} update={update} onClose={close} />
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title="Delete this collection?"
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onClose={close}
          onConfirm={() => {
            remove.mutate(collection, { onSuccess: close })
          }}
        >
          “{collection.displayName}” and all documents in it are deleted for good.
        </ConfirmDialog>
      )}
    </div>
  )
}
