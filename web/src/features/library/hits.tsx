'use client'

import { usePassages } from '@/shared/llm/documents'
import { sourceOf } from '@/shared/llm/source/place'
import type { Source } from '@/shared/llm/source/place'
import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { excerpt } from './excerpt'

interface HitsProps {
  readonly user: string
  readonly query: string
  readonly collection: string
  readonly onOpen: (source: Source) => void
}

/** The passages that fit a query, the best first; each leads to its place. */
export function Hits({ user, query, collection, onOpen }: HitsProps) {
  const found = usePassages(user, query, collection)
  const passages = found.data?.passages.flatMap(({ citation }) => citation ?? []) ?? []
  return (
    <section aria-label="Search results" className="mt-5">
      <p role="status" className="text-sm text-ink-3">
        {found.isPending && 'Searching…'}
        {found.isSuccess && (passages.length === 0 ? 'Nothing found' : 'The best passages')}
      </p>
      {found.isError && (
        <ProblemNote problem={problemOf(found.error)}>
          <NoteAction onClick={() => void found.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      <ol className="divide-y divide-line">
        {passages.map((citation) => (
          <li key={citation.number}>
            <button
              type="button"
              onClick={() => {
                onOpen(sourceOf(citation))
              }}
              className="-mx-2.5 block w-[calc(100%+1.25rem)] rounded-lg px-2.5 py-3 text-left hover:bg-line/30"
            >
              <span className="block truncate text-[0.9375rem] font-medium">
                {citation.displayName}
              </span>
              <span className="block text-[0.8125rem] text-ink-3">
                {[citation.page > 0 && `Page ${String(citation.page)}`, citation.section]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              <span className="mt-1 line-clamp-3 text-[0.9375rem] text-ink-2">
                {excerpt(citation.quote, query).map(({ text, found }, at) =>
                  found ? (
                    <mark key={at} className="rounded-sm bg-accent-wash text-accent">
                      {text}
                    </mark>
                  ) : (
                    text
                  ),
                )}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
