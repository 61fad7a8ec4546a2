'use client'

import { Message_State } from '@/gen/parley/chat/v1/message_service_pb'
import { Mark } from '@/shared/ui/mark'
import type { Exchange } from './thread'

interface ReplyStatusProps {
  readonly exchange: Exchange
  readonly unreachable: boolean
}

/** Says what the page is waiting for, and tells a screen reader of each change. */
export function ReplyStatus({ exchange, unreachable }: ReplyStatusProps) {
  const status = statusOf(exchange, unreachable)
  return (
    <>
      <p role="status" className="sr-only">
        {status ?? announcement(exchange)}
      </p>
      {status && (
        <p
          aria-hidden="true"
          className="mt-4 flex animate-[arrive_240ms_200ms_both] items-center gap-2.5 text-sm text-ink-3 first:mt-0"
        >
          <Mark className="size-5 animate-breathe" />
          {status}
        </p>
      )}
    </>
  )
}

/** Returns what is waited for, where the growing text does not say so itself. */
function statusOf({ live, answer }: Exchange, unreachable: boolean): string | undefined {
  if (live?.phase === 'sending') return 'Sending…'
  if (answer?.state !== Message_State.GENERATING) return undefined
  if (live?.phase === 'streaming') return answer.text ? undefined : 'Waiting for the first words…'
  if (unreachable) return 'No connection. The reply goes on; this page keeps looking for it.'
  if (live?.phase === 'cut') return 'The connection broke. The reply goes on; catching up…'
  return 'Still being written…'
}

function announcement({ live, answer }: Exchange): string {
  if (answer?.state === Message_State.GENERATING) return 'The reply is being written.'
  // Only what happened while the page was open is news.
  if (live && answer?.state === Message_State.COMPLETED) return 'The reply is complete.'
  return ''
}
