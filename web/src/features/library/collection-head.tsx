'use client'

import { useState } from 'react'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { useDeleteCollection, useUpdateCollection } from '@/shared/llm/collections'
import { counted } from '@/shared/lib/counted'
import { userOf } from '@/shared/lib/names'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { Dialog } from '@/shared/ui/dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { TextArea } from '@/shared/ui/text-area'
import { problemOf } from '@/shared/rpc/problem'
import { faultIn, readersIn } from './about-document'
import { RowAction } from '@/shared/ui/row-action'

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
      {isOwn && <Actions collection={collection} />}
      {collection && !isOwn && (
        <p className="w-full text-sm text-ink-3">
          Shared with you by {userOf(collection.name)}. You can search and read it.
        </p>
      )}
      {isOwn && collection.readers.length > 0 && (
        <p className="w-full text-sm text-ink-3">
          Shared with {counted(collection.readers.length, 'reader')}.
        </p>
      )}
    </div>
  )
}

interface ActionsProps {
  readonly collection: Collection
}

function Actions({ collection }: ActionsProps) {
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
        <ShareDialog collection={collection} update={update} onClose={close} />
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

interface ShareDialogProps extends ActionsProps {
  readonly update: ReturnType<typeof useUpdateCollection>
  readonly onClose: () => void
}

/** Says who else may search and read a collection. */
function ShareDialog({ collection, update, onClose }: ShareDialogProps) {
  const [written, write] = useState(collection.readers.join('\n'))
  const [fault, setFault] = useState<string>()
  return (
    <Dialog title="Share this collection" onClose={onClose}>
      <form
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (update.isPending) return
          const readers = readersIn(written)
          const found = faultIn(readers)
          setFault(found)
          if (!found) update.mutate({ readers: [...readers] }, { onSuccess: onClose })
        }}
      >
        <TextArea
          label="Who may search and read it"
          hint="One user name on each line, at most 100; people find theirs in their library. Nobody, if it is empty."
          placeholder="users/…"
          value={written}
          spellCheck={false}
          autoCapitalize="none"
          fault={fault}
          onChange={(event) => {
            setFault(undefined)
            write(event.target.value)
          }}
        />
        {update.error && <ProblemNote problem={problemOf(update.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={update.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
