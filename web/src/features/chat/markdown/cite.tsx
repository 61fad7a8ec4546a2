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
  /** As `1, 2`. */
  readonly 'data-numbers'?: string
  readonly children?: ReactNode
}

/** Numbers in a text that say what it rests on: each leads there, if that is known. */
export function Cite({ 'data-numbers': numbers = '', children }: CiteProps) {
  const known = use(CitationsContext)
  const parts = numbers.split(/(\d+)/).map((part) => {
    const citation = known?.citations.find(({ number }) => String(number) === part)
    return citation && known ? { citation, onOpen: known.onOpen } : part
  })
  const led = parts.filter((part) => typeof part !== 'string')
  if (led.length === 0) return children
  // What nothing is known of stays as it is written, and what is around it.
  const whole = parts.some((part) => typeof part === 'string' && /\d/.test(part))
  return (
    <>
      {whole && '['}
      {(whole ? parts : led).map((part, at) =>
        typeof part === 'string' ? part : <Led key={at} {...part} />,
      )}
      {whole && ']'}
    </>
  )
}

interface LedProps {
  readonly citation: Citation
  readonly onOpen: (citation: Citation) => void
}

function Led({ citation, onOpen }: LedProps) {
  return (
    <button
      type="button"
      aria-label={`Source ${String(citation.number)}: ${citation.displayName}`}
      title={citation.displayName}
      onClick={() => {
        onOpen(citation)
      }}
      className="mx-px rounded bg-accent-wash px-1 align-[0.15em] text-xs leading-5 font-medium text-accent tabular-nums hover:bg-accent hover:text-accent-ink"
    >
      {citation.number}
    </button>
  )
}
