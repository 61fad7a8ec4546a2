'use client'

import type { Citation } from '@/gen/parley/llm/v1/generation_pb'

interface SourcesProps {
  readonly citations: readonly Citation[]
  readonly onOpen: (citation: Citation) => void
}

/** What a reply rests on, by the numbers in it. */
export function Sources({ citations, onOpen }: SourcesProps) {
  return (
    <section aria-label="Sources" className="mt-5">
      <h3 className="text-[0.8125rem] font-medium text-ink-3">Sources</h3>
      <ol className="mt-1.5 grid gap-1.5">
        {citations.map((citation) => (
          <li key={citation.number}>
            <button
              type="button"
              onClick={() => {
                onOpen(citation)
              }}
              className="flex w-full gap-2.5 rounded-lg border border-line px-3 py-2 text-left text-sm transition-colors hover:border-line-strong"
            >
              <span className="font-medium text-accent tabular-nums">{citation.number}</span>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{citation.displayName}</span>
                <span className="block text-[0.8125rem] text-ink-3">{whereIn(citation)}</span>
                <span className="mt-0.5 line-clamp-2 text-ink-2">{citation.quote}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Says the place in a document. */
export function whereIn({ page, section }: Pick<Citation, 'page' | 'section'>): string {
  return [page > 0 && `Page ${String(page)}`, section].filter(Boolean).join(' · ')
}
