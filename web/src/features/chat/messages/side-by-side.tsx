'use client'

import { Icon } from '@/shared/ui/icon'
import { ACTION } from '../replies/reply-actions'
import { ReplyView } from './reply-view'
import type { Voice } from './thread'
import type { ExchangeActions } from './use-exchange-actions'

interface SideBySideProps {
  readonly voices: readonly Voice[]
  /** The name of the reply that the next message follows. */
  readonly chosen: string
  readonly actions: ExchangeActions
}

/** What several models say to the same: beside each other, or, where that is narrow, to be swiped. */
export function SideBySide({ voices, chosen, actions }: SideBySideProps) {
  return (
    <div
      role="group"
      aria-label="Replies side by side"
      tabIndex={0}
      className="-mx-1 grid snap-x snap-mandatory auto-cols-[minmax(min(20rem,86%),1fr)] grid-flow-col gap-3 overflow-x-auto scroll-px-1 px-1 pb-3"
    >
      {voices.map((voice, at) => {
        const { answer } = voice
        const label = answer.model || `Model ${String(at + 1)}`
        const isChosen = answer.name === chosen
        return (
          <section
            key={answer.name}
            aria-label={label}
            className={`min-w-0 snap-start rounded-xl border p-4 ${isChosen ? 'border-accent' : 'border-line'}`}
          >
            <h3 className="mb-3 flex h-8 items-center gap-2 text-[0.8125rem] text-ink-3">
              <span className="min-w-0 flex-1 truncate">{label}</span>
              <button
                type="button"
                aria-pressed={isChosen}
                onClick={() => {
                  if (!isChosen) actions.show(answer)
                }}
                className={`${ACTION} shrink-0 aria-pressed:bg-accent-wash aria-pressed:text-accent`}
              >
                {isChosen && <Icon name="check" />}
                {isChosen ? 'Going on from this' : 'Go on from this'}
              </button>
            </h3>
            <ReplyView voice={voice} actions={actions} />
          </section>
        )
      })}
    </div>
  )
}
