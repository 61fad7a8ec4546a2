'use client'

import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { Icon } from '@/shared/ui/icon'

interface VersionsProps {
  /** What there are several of, for a screen reader: «reply» or «message». */
  readonly noun: string
  readonly all: readonly Message[]
  readonly shown: Message | undefined
  readonly onShow: (message: Message) => void
}

const STEP =
  'inline-flex size-8 items-center justify-center rounded-md hover:bg-line/60 hover:text-ink aria-disabled:opacity-40'

/** Says which of several versions is shown, and leads to the others. */
export function Versions({ noun, all, shown, onShow }: VersionsProps) {
  if (!shown || all.length < 2) return null
  const at = all.findIndex(({ name }) => name === shown.name)
  const step = (by: -1 | 1) => {
    const to = all[at + by]
    const label = by < 0 ? `Previous ${noun}` : `Next ${noun}`
    return (
      <button
        type="button"
        aria-label={label}
        title={label}
        // Not disabled: it keeps the focus when there is nothing further.
        aria-disabled={!to || undefined}
        onClick={() => {
          if (to) onShow(to)
        }}
        className={STEP}
      >
        <Icon name={by < 0 ? 'chevron-left' : 'chevron-right'} />
      </button>
    )
  }
  return (
    <span role="group" aria-label={`Versions of this ${noun}`} className="inline-flex items-center">
      {step(-1)}
      <span aria-live="polite" className="tabular-nums whitespace-nowrap">
        {at + 1} / {all.length}
      </span>
      {step(1)}
    </span>
  )
}
