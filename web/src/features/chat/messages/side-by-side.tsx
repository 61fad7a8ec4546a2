'use client'

import { useState } from 'react'
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

/** What several models say to the same: beside each other or, where that is narrow, one of them. */
export function SideBySide({ voices, chosen, actions }: SideBySideProps) {
  // Until one is picked, what is read is what is chosen, which may change as messages load.
  const [picked, setPicked] = useState<string>()
  const read = picked ?? chosen
  const labelled = voices.map((voice, at) => ({
    voice,
    name: voice.answer.name,
    label: voice.answer.model || `Model ${String(at + 1)}`,
    isRead: voice.answer.name === read,
  }))
  return (
    <>
      <div className="mb-3 flex gap-1 overflow-x-auto md:hidden">
        {labelled.map(({ name, label, isRead }) => (
          <button
            key={name}
            type="button"
            aria-pressed={isRead}
            onClick={() => {
              setPicked(name)
            }}
            className={`${ACTION} h-9 max-w-[45%] shrink-0 aria-pressed:bg-line/60 aria-pressed:text-ink`}
          >
            <span className="truncate">{label}</span>
            {name === chosen && <Icon name="check" className="size-3.5" />}
          </button>
        ))}
      </div>
      <div
        role="group"
        aria-label="Replies side by side"
        tabIndex={0}
        className="grid gap-3 md:auto-cols-[minmax(20rem,1fr)] md:grid-flow-col md:overflow-x-auto md:pb-3"
      >
        {labelled.map(({ voice, name, label, isRead }) => (
          <section
            key={name}
            aria-label={label}
            className={`min-w-0 rounded-xl border p-4 ${name === chosen ? 'border-accent' : 'border-line'} ${isRead ? '' : 'max-md:hidden'}`}
          >
            <h3 className="mb-3 flex h-8 items-center gap-2 text-[0.8125rem] text-ink-3">
              <span className="min-w-0 flex-1 truncate">{label}</span>
              <Choose
                isChosen={name === chosen}
                onChoose={() => {
                  actions.show(voice.answer)
                }}
              />
            </h3>
            <ReplyView voice={voice} actions={actions} />
          </section>
        ))}
      </div>
    </>
  )
}

interface ChooseProps {
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Choose({ isChosen, onChoose }: ChooseProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={() => {
        if (!isChosen) onChoose()
      }}
      className={`${ACTION} shrink-0 aria-pressed:bg-accent-wash aria-pressed:text-accent`}
    >
      {isChosen && <Icon name="check" />}
      {isChosen ? 'Going on from this' : 'Go on from this'}
    </button>
  )
}
