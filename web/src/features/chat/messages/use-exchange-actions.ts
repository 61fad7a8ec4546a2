'use client'

import { useQueryClient } from '@tanstack/react-query'
import type { Message, Rating_Score } from '@/gen/parley/chat/v1/message_pb'
import { messagesKnown } from './api'
import { useRate, useSwitchBranch } from './api'
import type { Ask } from '../replies/reply'
import { newestLeaf } from './thread'
import { useReplyStreams } from '../replies/use-reply'

/** What a person can do with what was said in a conversation. */
export interface ExchangeActions {
  readonly ask: (ask: Ask) => void
  readonly rate: (message: Message, score: Rating_Score) => void
  /** Shows the branch that a message is on: its newest end. */
  readonly show: (message: Message) => void
}

export function useExchangeActions(conversation: string): ExchangeActions {
  const streams = useReplyStreams()
  const queryClient = useQueryClient()
  const { mutate: rate } = useRate(conversation)
  const { mutate: switchBranch } = useSwitchBranch(conversation)
  return {
    ask: (ask) => {
      streams.ask({ conversation, requestId: crypto.randomUUID(), ask })
    },
    rate: (message, score) => {
      rate({ name: message.name, score })
    },
    show: (message) => {
      switchBranch(newestLeaf(messagesKnown(queryClient, conversation), message))
    },
  }
}
