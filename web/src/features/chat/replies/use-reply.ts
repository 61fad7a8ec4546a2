'use client'

import { createContext, use, useEffect, useState, useSyncExternalStore } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import type { Client } from '@connectrpc/connect'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import { onNextFrame } from '@/shared/lib/frames'
import { useClient } from '@/shared/rpc/rpc-context'
import { reload, store } from '../messages/api'
import { reloadConversations, showBranch } from '../conversations/api'
import type { Reply } from './reply'
import { ReplyStreams } from './reply-streams'

const StreamsContext = createContext<ReplyStreams | undefined>(undefined)

export const ReplyStreamsProvider = StreamsContext

const NONE: readonly Reply[] = []

/** The streams of this page. They end with it; the replies do not. */
export function useNewReplyStreams(): ReplyStreams {
  const messages = useClient(MessageService)
  const queryClient = useQueryClient()
  const [streams] = useState(() => open(messages, queryClient))
  useEffect(
    () => () => {
      streams.close()
    },
    [streams],
  )
  return streams
}

export function useReplyStreams(): ReplyStreams {
  const streams = use(StreamsContext)
  if (!streams) throw new Error('useReplyStreams is for use inside ReplyStreamsProvider')
  return streams
}

/** What this page knows of a conversation's newest replies. */
export function useReplies(conversation: string): readonly Reply[] {
  const streams = useReplyStreams()
  return useSyncExternalStore(
    streams.subscribe,
    () => streams.of(conversation),
    () => NONE,
  )
}

function open(messages: Client<typeof MessageService>, queryClient: QueryClient): ReplyStreams {
  const onPhase = (reply: Reply, before?: Reply['phase']) => {
    const { phase, question, message, answer, siblings = [] } = reply
    const { conversation } = question
    const told = [message, answer, ...siblings].filter((each) => each !== undefined)
    store(queryClient, conversation, ...told)
    if (before === 'sending' && answer) {
      void showBranch(queryClient, conversation, answer.name).then(() =>
        // The first question names the conversation, and each takes it to the top.
        reloadConversations(queryClient),
      )
    }
    // Something was missed here, or happens elsewhere: what is stored tells the whole.
    if (phase === 'unsent') void reload(queryClient, conversation)
    if (phase === 'ended') void reloadConversations(queryClient)
  }
  return new ReplyStreams({ messages, onPhase, schedule: onNextFrame })
}
