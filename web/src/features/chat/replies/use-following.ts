'use client'

import { useEffect } from 'react'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { hasEnded, isLive } from './reply'
import { voices } from '../messages/thread'
import type { Exchange } from '../messages/thread'
import { useReplyStreams } from './use-reply'

/** Reads the replies of a conversation that are being written and that nobody here reads yet. */
export function useFollowing(conversation: string, exchanges: readonly Exchange[]): void {
  const streams = useReplyStreams()
  const unread = unreadOf(exchanges)
  useEffect(() => {
    for (const answer of unread) streams.follow(conversation, answer)
    // By their names: that they grow is no reason to begin anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [streams, conversation, unread.map(({ name }) => name).join()])
}

/** Returns the replies that are, or are about to be, written and that no stream is read of. */
export function unreadOf(exchanges: readonly Exchange[]): readonly Message[] {
  // What waits begins when the reply before it has ended.
  const next = exchanges.find(({ answer }) => answer && !hasEnded(answer))
  return exchanges.flatMap((exchange) =>
    voices(exchange)
      .filter(({ live }) => !live || !isLive(live))
      .map(({ answer }) => answer)
      .filter(
        ({ state }) =>
          state === Message_State.GENERATING ||
          (state === Message_State.QUEUED && exchange === next),
      ),
  )
}
