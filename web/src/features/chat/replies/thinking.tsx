'use client'

import { Icon } from '@/shared/ui/icon'

interface ThinkingProps {
  readonly reasoning: string
  /** Whether the model has not begun to answer. */
  readonly goesOn: boolean
}

/** What the model thought aloud, as plain text, for those who want to know. */
export function Thinking({ reasoning, goesOn }: ThinkingProps) {
  return (
    <details className="group mb-3 text-sm text-ink-2">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1.5 rounded-md py-1 text-ink-3 hover:text-ink [&::-webkit-details-marker]:hidden">
        <Icon name="chevron-right" className="size-3.5 transition-transform group-open:rotate-90" />
        {goesOn ? 'Thinking…' : 'Thought'}
      </summary>
      <div
        tabIndex={0}
        role="group"
        aria-label="What the model thought"
        className="mt-1 max-h-[50dvh] overflow-y-auto border-l-2 border-line pl-3 leading-relaxed whitespace-pre-wrap"
      >
        {reasoning}
      </div>
    </details>
  )
}
