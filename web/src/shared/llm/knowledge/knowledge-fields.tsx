'use client'

import { useId, useState } from 'react'
import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import { useCollections } from '@/shared/llm/collections'
import { useDocuments } from '@/shared/llm/documents'
import { counted } from '@/shared/lib/counted'
import { Check } from '@/shared/ui/check'
import { More } from '@/shared/ui/more'
import { problemOf } from '@/shared/rpc/problem'
import { ProblemNote } from '@/shared/ui/problem-note'
import { EVERYWHERE, isNowhere, MAX_COLLECTIONS, MAX_DOCUMENTS, NOWHERE, toggledIn } from './choice'
import type { KnowledgeChoice } from './choice'

interface KnowledgeFieldsProps {
  readonly user: string
  readonly legend: string
  readonly value: KnowledgeChoice
  readonly onChange: (value: KnowledgeChoice) => void
}

/** Where to look for passages: nowhere, everywhere, or in what is ticked. */
export function KnowledgeFields({ user, legend, value, onChange }: KnowledgeFieldsProps) {
  const group = useId()
  // That some are wanted is known before the first one is ticked.
  const [some, setSome] = useState(() => !value.all && !isNowhere(value))
  const choose = (choice: KnowledgeChoice, isSome: boolean) => {
    setSome(isSome)
    onChange(choice)
  }
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      <Check
        type="radio"
        name={group}
        checked={!some && !value.all}
        onChange={() => {
          choose(NOWHERE, false)
        }}
      >
        None
      </Check>
      <Check
        type="radio"
        name={group}
        checked={!some && value.all}
        onChange={() => {
          choose(EVERYWHERE, false)
        }}
      >
        All my documents, and those shared with me
      </Check>
      <Check
        type="radio"
        name={group}
        checked={some}
        onChange={() => {
          choose({ ...value, all: false }, true)
        }}
      >
        Only some
      </Check>
      {some && <Some user={user} value={value} onChange={onChange} />}
    </fieldset>
  )
}

function Some({ user, value, onChange }: Omit<KnowledgeFieldsProps, 'legend'>) {
  const collections = useCollections(user)
  const pages = useDocuments(user)
  // What failed, or is not whole, holds nothing to be found.
  const documents = (pages.data?.pages ?? [])
    .flatMap((page) => page.documents)
    .filter(({ state }) => state === State.READY || state === State.PROCESSING)
  return (
    <div className="mt-1 max-h-[40dvh] space-y-3 overflow-y-auto border-l border-line pl-4">
      {collections.error && <ProblemNote problem={problemOf(collections.error)} />}
      {collections.data && collections.data.length > 0 && (
        <fieldset>
          <legend className="text-sm text-ink-3">Collections</legend>
          {collections.data.map(({ name, displayName, documentCount }) => (
            <Check
              key={name}
              checked={value.collections.includes(name)}
              onChange={() => {
                const chosen = toggledIn(value.collections, name, MAX_COLLECTIONS)
                onChange({ ...value, collections: chosen })
              }}
            >
              {displayName}
              <span className="text-sm text-ink-3"> · {counted(documentCount, 'document')}</span>
            </Check>
          ))}
        </fieldset>
      )}
      <fieldset>
        <legend className="text-sm text-ink-3">Documents</legend>
        {documents.map(({ name, displayName }) => (
          <Check
            key={name}
            checked={value.documents.includes(name)}
            onChange={() => {
              const chosen = toggledIn(value.documents, name, MAX_DOCUMENTS)
              onChange({ ...value, documents: chosen })
            }}
          >
            {displayName}
          </Check>
        ))}
        <More pages={pages} count={documents.length} nothing="There are no documents yet." />
      </fieldset>
    </div>
  )
}
