'use client'

import { useState } from 'react'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import { useDeleteDocument, useReindexDocument, useUpdateDocument } from '@/shared/llm/documents'
import type { Source } from '@/shared/llm/source/place'
import { problemOf } from '@/shared/rpc/problem'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { Icon } from '@/shared/ui/icon'
import { NameDialog } from '@/shared/ui/name-dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { aboutDocument, missingIn } from './about-document'
import { MoveDialog } from './move-dialog'

interface DocumentRowProps {
  readonly document: Document
  readonly isOwn: boolean
  /** Where it can be moved. */
  readonly collections: readonly Collection[]
  readonly onOpen: (source: Source) => void
  /** Goes on with an upload that was cut. */
  readonly onRest: (file: File) => void
}

/** A document: how far it is, what is missing in it, and what can be done with it. */
export function DocumentRow({ document, isOwn, collections, onOpen, onRest }: DocumentRowProps) {
  const { name, displayName, state } = document
  const open = () => {
    onOpen({ document: name, displayName, place: { offset: 0 } })
  }
  const where = collections.find((other) => other.name === document.collection)
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-64">
          {state === State.READY ? (
            <button
              type="button"
              onClick={open}
              className="block max-w-full truncate rounded text-left text-[0.9375rem] font-medium hover:underline hover:underline-offset-4"
            >
              {displayName}
            </button>
          ) : (
            <p className="truncate text-[0.9375rem] font-medium">{displayName}</p>
          )}
          <p
            className={`text-[0.8125rem] ${state === State.FAILED ? 'text-danger' : 'text-ink-3'}`}
          >
            {aboutDocument(document)}
            {where && ` · in ${where.displayName}`}
          </p>
          {missingIn(document).map((words) => (
            <p key={words} className="flex items-start gap-1.5 text-[0.8125rem] text-ink-2">
              <Icon name="info" className="mt-0.5 size-3.5" />
              {words}
            </p>
          ))}
        </div>
        {isOwn && <Actions document={document} collections={collections} onRest={onRest} />}
      </div>
    </li>
  )
}

type ActionsProps = Pick<DocumentRowProps, 'document' | 'collections' | 'onRest'>

function Actions({ document, collections, onRest }: ActionsProps) {
  const { name, displayName, state } = document
  const [asking, ask] = useState<'rename' | 'move' | 'delete'>()
  const update = useUpdateDocument(name)
  const reindex = useReindexDocument()
  const remove = useDeleteDocument()
  const close = () => {
    ask(undefined)
    update.reset()
  }
  const whole = state === State.READY || state === State.FAILED
  return (
    <>
      <div className="-ml-2 flex flex-wrap sm:ml-0">
        {state === State.UPLOADING && <Rest document={document} onRest={onRest} />}
        <RowAction
          label={`Rename ${displayName}`}
          onClick={() => {
            ask('rename')
          }}
        >
          Rename
        </RowAction>
        <RowAction
          label={`Move ${displayName}`}
          onClick={() => {
            ask('move')
          }}
        >
          Move
        </RowAction>
        {whole && (
          <RowAction
            label={`Reindex ${displayName}`}
            onClick={() => {
              reindex.mutate(name)
            }}
          >
            Reindex
          </RowAction>
        )}
        <RowAction
          danger
          label={`Delete ${displayName}`}
          onClick={() => {
            ask('delete')
          }}
        >
          Delete
        </RowAction>
      </div>
      {reindex.error && (
        <div className="w-full">
          <ProblemNote problem={problemOf(reindex.error)} />
        </div>
      )}
      {asking === 'rename' && (
        <NameDialog
          title="Rename this document"
          label="Name"
          action="Rename"
          value={displayName}
          maxLength={255}
          busy={update.isPending}
          error={update.error}
          onClose={close}
          onSave={(displayName) => {
            update.mutate({ displayName }, { onSuccess: close })
          }}
        />
      )}
      {asking === 'move' && (
        <MoveDialog document={document} collections={collections} update={update} onClose={close} />
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title="Delete this document?"
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onClose={close}
          onConfirm={() => {
            remove.mutate(name, { onSuccess: close })
          }}
        >
          “{displayName}” can’t be found or opened any more, also from replies that rest on it.
        </ConfirmDialog>
      )}
    </>
  )
}

/** Takes the file again whose upload was cut. */
function Rest({ document, onRest }: Pick<DocumentRowProps, 'document' | 'onRest'>) {
  const [another, setAnother] = useState(false)
  return (
    <label className="inline-flex h-8 cursor-pointer items-center rounded-md px-2 text-[0.8125rem] text-accent hover:bg-line/60 has-focus-visible:outline-2 has-focus-visible:outline-accent">
      {another ? 'That was another file: choose again' : 'Choose the file again to go on'}
      <input
        type="file"
        className="sr-only"
        aria-label={`Go on with ${document.displayName}`}
        onChange={(event) => {
          const [file] = event.target.files ?? []
          event.target.value = ''
          if (!file) return
          const same = BigInt(file.size) === document.sizeBytes
          setAnother(!same)
          if (same) onRest(file)
        }}
      />
    </label>
  )
}
