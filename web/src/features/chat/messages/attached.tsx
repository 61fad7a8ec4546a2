'use client'

import { useDocument } from '@/shared/llm/documents'
import { Icon } from '@/shared/ui/icon'
import { useChat } from '../chat-context'

/** The files that came with a message; each can be looked at. */
export function Attached({ documents }: { readonly documents: readonly string[] }) {
  if (documents.length === 0) return null
  return (
    <ul aria-label="Attached files" className="mt-2 flex flex-wrap gap-1.5">
      {documents.map((name) => (
        <li key={name} className="max-w-full">
          <File name={name} />
        </li>
      ))}
    </ul>
  )
}

function File({ name }: { readonly name: string }) {
  const { showSource } = useChat()
  const { data, isError } = useDocument(name)
  const displayName = data?.displayName ?? (isError ? 'A file that is gone' : 'A file')
  return (
    <button
      type="button"
      disabled={isError}
      onClick={() => {
        showSource({ document: name, displayName, place: { offset: 0 } })
      }}
      className="flex max-w-full items-center gap-1.5 rounded-lg border border-line px-2.5 py-1 text-sm text-ink-2 transition-colors not-disabled:hover:border-line-strong not-disabled:hover:text-ink"
    >
      <Icon name={data?.mediaType.startsWith('image/') ? 'image' : 'document'} />
      <span className="max-w-60 truncate">{displayName}</span>
    </button>
  )
}
