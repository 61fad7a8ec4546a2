import { Message_State } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message, ReplyEvent } from '@/gen/parley/chat/v1/message_service_pb'
import type { Problem } from '@/shared/rpc/problem'

/** What the user says. Sent again with the same `requestId`, it is still said once. */
export interface Question {
  readonly conversation: string
  readonly text: string
  readonly parentMessage: string
  readonly requestId: string
}

/**
 * A question and its reply, as far as the stream has told:
 * - `sending`: nothing has come back yet;
 * - `streaming`: it is stored, and the reply is coming;
 * - `cut`: the stream has ended or skipped something, while the reply goes on without us;
 * - `ended`: the reply is stored, completed or not;
 * - `unsent`: no stream came about. Whether it was stored is known only if a service said so.
 */
export interface Reply {
  readonly question: Question
  readonly phase: 'sending' | 'streaming' | 'cut' | 'ended' | 'unsent'
  readonly seq: bigint
  readonly message?: Message
  readonly answer?: Message
  readonly problem?: Problem
}

export type ReplyAction =
  | { readonly type: 'event'; readonly event: ReplyEvent }
  /** The stream is over, well or badly; `problem` says how it looks if nothing had come. */
  | { readonly type: 'over'; readonly problem: Problem }

/** Asks, or asks again. */
export function asked(question: Question): Reply {
  return { question, phase: 'sending', seq: 0n }
}

/** Whether more is to come from the stream. */
export function isLive(reply: Reply): boolean {
  return reply.phase === 'sending' || reply.phase === 'streaming'
}

/** Whether a stored message will not change any more. */
export function hasEnded(message: Message): boolean {
  return message.state !== Message_State.GENERATING
}

/** Returns what is known after one more thing has happened. */
export function reduceReply(reply: Reply, action: ReplyAction): Reply {
  if (!isLive(reply)) return reply
  switch (action.type) {
    case 'event':
      return reduceEvent(reply, action.event)
    case 'over':
      return reply.phase === 'streaming'
        ? { ...reply, phase: 'cut' }
        : { ...reply, phase: 'unsent', problem: action.problem }
  }
}

function reduceEvent(reply: Reply, { seq, afterSeq, event }: ReplyEvent): Reply {
  switch (event.case) {
    case 'completed':
    case 'stopped':
    case 'failed':
      // Holds the reply as it is stored, so nothing that was missed matters any more.
      return ended(reply, seq, event.value.reply)
    case 'accepted':
    case 'delta':
    case 'heartbeat':
    case undefined:
      if (afterSeq !== reply.seq) return { ...reply, phase: 'cut' }
  }
  switch (event.case) {
    case 'accepted':
      return accepted(reply, seq, event.value.message, event.value.reply)
    case 'delta':
      return extended(reply, seq, event.value.text)
    default:
      return { ...reply, seq }
  }
}

function accepted(
  reply: Reply,
  seq: bigint,
  message: Message | undefined,
  answer: Message | undefined,
): Reply {
  if (!message || !answer) return { ...reply, phase: 'cut' }
  // What is written so far comes again, as deltas from the first on.
  const fresh = hasEnded(answer) ? answer : { ...answer, text: '' }
  return { ...reply, phase: 'streaming', seq, message, answer: fresh }
}

function extended(reply: Reply, seq: bigint, text: string): Reply {
  const { answer } = reply
  // A reply that had ended before it was asked for again is whole from the start.
  if (!answer || hasEnded(answer)) return { ...reply, seq }
  return { ...reply, seq, answer: { ...answer, text: answer.text + text, seq } }
}

function ended(reply: Reply, seq: bigint, answer: Message | undefined): Reply {
  if (!answer) return { ...reply, phase: 'cut' }
  return { ...reply, phase: 'ended', seq, answer }
}
