'use client'

import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { ToolCall_State } from '@/gen/parley/llm/v1/generation_pb'
import type { ToolCall } from '@/gen/parley/llm/v1/generation_pb'
import { Mark } from '@/shared/ui/mark'
import type { Exchange } from '../messages/thread'
import { toolLabel } from './tool-label'

type ReplyStatusProps = Pick<Exchange, 'live' | 'answer'>

/** Says what the page is waiting for, where the growing text does not say so itself. */
export function ReplyStatus(props: ReplyStatusProps) {
  const status = statusOf(props)
  if (!status) return null
  return (
    <p className="mt-4 flex animate-[arrive_240ms_200ms_both] items-center gap-2.5 text-sm text-ink-3 first:mt-0">
      <Mark className="size-5 animate-breathe" />
      {status}
    </p>
  )
}

/** Tells a screen reader how far the newest reply is. Stays, so that each change is told. */
export function ReplyAnnouncer({ exchange }: { readonly exchange: Exchange | undefined }) {
  return (
    <p role="status" className="sr-only">
      {exchange && announcement(exchange)}
    </p>
  )
}

function statusOf({ live, answer }: ReplyStatusProps): string | undefined {
  if (live?.phase === 'sending') return 'Sending…'
  if (live?.phase === 'stopping') return 'Stopping…'
  if (answer?.state === Message_State.QUEUED) return 'Waiting'
  if (answer?.state !== Message_State.GENERATING) return undefined
  if (live?.phase === 'streaming')
    return speaks(answer) ? undefined : 'Waiting for the first words…'
  if (live?.phase === 'cut') return 'The connection broke. The reply goes on; catching up…'
  return 'Still being written…'
}

/** Whether what is shown of a reply says itself how far it is. */
function speaks({ text, reasoning, toolCalls }: Message): boolean {
  if (text) return true
  return toolCalls.length > 0 ? toolCalls.some(isOpen) : reasoning !== ''
}

function isOpen({ state }: ToolCall): boolean {
  return state === ToolCall_State.AWAITING_APPROVAL || state === ToolCall_State.RUNNING
}

function announcement({ live, answer }: Exchange): string {
  if (live?.phase === 'sending') return 'Sending.'
  if (answer?.state === Message_State.QUEUED) return 'The message waits for the reply before it.'
  if (answer?.state === Message_State.GENERATING) {
    const waiting = answer.toolCalls.find(({ state }) => state === ToolCall_State.AWAITING_APPROVAL)
    return waiting
      ? `The tool ${toolLabel(waiting)} waits for you to allow it.`
      : 'The reply is being written.'
  }
  // Only what happened while the page was open is news.
  if (live && answer?.state === Message_State.COMPLETED) return 'The reply is complete.'
  if (live && answer?.state === Message_State.STOPPED) return 'The reply is stopped.'
  return ''
}
