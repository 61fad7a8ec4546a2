'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { useChat } from '../chat-context'
import type { Ask } from '../replies/reply'
import { optionsOf } from '../setup/setup'
import type { Setup } from '../setup/setup'
import { useReplyStreams } from '../replies/use-reply'
import { messagesKnown, useCancelReplies, useSwitchBranch } from './api'
import { newestLeaf, voices } from './thread'
import type { Exchange } from './thread'

/** What a person can do with what was said in a conversation. */
export interface ExchangeActions {
  readonly ask: (ask: Ask) => void
  /** Says something else instead of a message. */
  readonly edit: (message: string, text: string) => void
  /** Shows the branch that a message is on: its newest end. */
  readonly show: (message: Message) => void
  /** Has a message that waits not be answered, and goes back to before it. */
  readonly cancel: (exchange: Exchange) => void
}

export function useExchangeActions(conversation: string, setup: Setup): ExchangeActions {
  const { choice } = useChat()
  const streams = useReplyStreams()
  const queryClient = useQueryClient()
  const { mutate: switchBranch } = useSwitchBranch(conversation)
  const { mutate: cancel } = useCancelReplies(conversation)
  const known = () => messagesKnown(queryClient, conversation)
  const ask = (ask: Ask) => {
    streams.ask({ conversation, requestId: crypto.randomUUID(), ask })
  }
  return {
    ask,
    edit: (message, text) => {
      ask({ kind: 'edit', message, text, model: choice[0] ?? '', options: optionsOf(setup) })
    },
    show: (message) => {
      switchBranch(newestLeaf(known(), message))
    },
    cancel: (exchange) => {
      const waiting = voices(exchange)
        .map(({ answer }) => answer)
        .filter(({ state }) => state === Message_State.QUEUED)
      const names = new Set(waiting.map(({ name }) => name))
      const before = known().find(({ name }) => name === exchange.message?.parentMessage)
      const isLast = !known().some(({ parentMessage }) => names.has(parentMessage))
      cancel(waiting, {
        onSuccess: () => {
          if (before && isLast) switchBranch(before)
        },
      })
    },
  }
}
