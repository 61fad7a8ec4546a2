'use client'

import { createContext, use } from 'react'
import type { ReactNode } from 'react'
import type { Citation } from '@/gen/parley/llm/v1/generation_pb'

interface CitationsContextValue {
  readonly citations: readonly Citation[]
  readonly onOpen: (citation: Citation) => void
}

const CitationsContext = createContext<CitationsContextValue | undefined>(undefined)

export const CitationsProvider = CitationsContext

interface CiteProps {
  readonly 'data-number'?: string
  readonly children?: ReactNode
}

/** A number in a text that says what it rests on: leads there, if that is known. */
export function Cite({ 'data-number': number, children }: CiteProps) {
  const known = use(CitationsContext)
  const citation = known?.citations.find((other) => String(other.number) === number)
  if (!known || !citation) return children
  return (
    <button
      type="button"
      aria-label={`Source ${String(citation.number)}: ${citation.displayName}`}
      title={citation.displayName}
      onClick={() => {
        known.onOpen(citation)
      }}
      className="mx-px rounded bg-accent-wash px-1 align-[0.15em] text-xs leading-5 font-medium text-accent tabular-nums hover:bg-accent hover:text-accent-ink"
    >
      {citation.number}
    </button>
  )
}
