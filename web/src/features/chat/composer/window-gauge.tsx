'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { GenerationService } from '@/gen/parley/llm/v1/generation_service_pb'
import { useSettled } from '@/shared/lib/use-settled'
import { useClient } from '@/shared/rpc/rpc-context'
import { useChat } from '../chat-context'
import { optionsOf } from '../setup/setup'
import type { Setup } from '../setup/setup'
import { aboutWindow, moreAboutWindow, turnsOf } from './window'

const TYPING_MS = 1_000

interface WindowGaugeProps {
  /** The conversation's name; empty while it has none. */
  readonly conversation: string
  readonly said: readonly Message[]
  readonly draft: string
  readonly attached: readonly string[]
  readonly setup: Setup
  /** Whether a reply is being written: what it makes of the window is seen after it. */
  readonly busy: boolean
}

/** How full the model's window is with what is typed so far. */
export function WindowGauge({ conversation, draft, busy, ...props }: WindowGaugeProps) {
  const { said, attached, setup } = props
  const { choice } = useChat()
  const client = useClient(GenerationService)
  const settled = useSettled(draft.trim(), TYPING_MS)
  const turns = busy ? [] : turnsOf(said, settled, attached)
  const model = choice[0] ?? ''
  const last = said.at(-1)
  const { data, isError } = useQuery({
    queryKey: [
      'window',
      conversation,
      last?.name,
      last?.seq.toString(),
      settled,
      attached,
      setup,
      model,
    ],
    queryFn: ({ signal }) => {
      const options = optionsOf(setup)
      const about = { model, conversation, turns: [...turns], ...(options && { options }) }
      return client.countTokens({ generation: about }, { signal })
    },
    enabled: turns.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // It is no more than a hint.
    retry: false,
  })
  if (!data || isError || (!busy && turns.length === 0)) return null
  const window = Number(data.windowTokens)
  const full = window > 0 ? Math.min(1, Number(data.inputTokens) / window) : 0
  return (
    <span
      title={moreAboutWindow(data)}
      className={`inline-flex items-center gap-1.5 text-xs whitespace-nowrap tabular-nums ${data.droppedTurns > 0 || data.windowExceeded || full > 0.9 ? 'text-danger' : 'text-ink-3'}`}
    >
      {window > 0 && (
        <svg viewBox="0 0 20 20" className="hidden size-4 -rotate-90 sm:block" aria-hidden="true">
          <circle cx="10" cy="10" r="7" fill="none" strokeWidth="3" className="stroke-line" />
          <circle
            cx="10"
            cy="10"
            r="7"
            fill="none"
            strokeWidth="3"
            pathLength="1"
            strokeDasharray={`${String(full)} 1`}
            className="stroke-current"
          />
        </svg>
      )}
      <span className="sr-only">Window: </span>
      {aboutWindow(data)}
    </span>
  )
}
