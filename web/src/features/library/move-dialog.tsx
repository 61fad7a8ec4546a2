'use client'

import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import type { useUpdateDocument } from '@/shared/llm/documents'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'

interface MoveDialogProps {
  readonly document: Document
  readonly collections: readonly Collection[]
  readonly update: ReturnType<typeof useUpdateDocument>
  readonly onClose: () => void
}

/** Moves a document into a collection, or out of the one it is in. */
export function MoveDialog({ document, collections, update, onClose }: MoveDialogProps) {
  const places = [{ name: '', displayName: 'No collection' }, ...collections]
  return (
    <Dialog title="Move this document" onClose={onClose}>
      <ul className="-mx-2 mt-4 max-h-[50dvh] overflow-y-auto">
        {places.map(({ name, displayName }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={document.collection === name}
              onClick={() => {
                update.mutate({ collection: name }, { onSuccess: onClose })
              }}
              className="flex w-full items-center gap-2.5 rounded-lg px-3 py-2 text-left text-[0.9375rem] hover:bg-sunken aria-pressed:text-accent"
            >
              <Icon name={name ? 'folder' : 'close'} />
              <span className="min-w-0 flex-1 truncate">{displayName}</span>
              {document.collection === name && <Icon name="check" />}
            </button>
          </li>
        ))}
      </ul>
      {update.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(update.error)} />
        </div>
      )}
      <div className="mt-6 flex justify-end">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}
