'use client'

import { useEffect } from 'react'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { hasEnded, isLive } from './reply'
import type { Exchange } from '../messages/thread'
import { useReplyStreams } from './use-reply'

/** Reads the replies of a conversation that are being written and that nobody here reads yet. */
export function useFollowing(conversation: string, exchanges: readonly Exchange[]): void {
  const streams = useReplyStreams()
  const next = unread(exchanges)
  useEffect(() => {
    if (next) streams.follow(conversation, next)
    // By its name: that it grows is no reason to begin anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [streams, conversation, next?.name])
}

/** Returns the reply that is, or is about to be, written and that no stream is read of. */
export function unread(exchanges: readonly Exchange[]): Message | undefined {
  // What waits begins when the reply before it has ended.
  const first = exchanges.find(({ answer }) => answer && !hasEnded(answer))
  if (!first?.answer || (first.live && isLive(first.live))) return undefined
  const readable = [Message_State.GENERATING, Message_State.QUEUED]
  return readable.includes(first.answer.state) ? first.answer : undefined
}
