import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message, ReplyEvent, ReplyEvent_Accepted } from '@/gen/parley/chat/v1/message_pb'
import type { Problem } from '@/shared/rpc/problem'
import type { GenerationOptions } from '@/gen/parley/llm/v1/generation_pb'
import type { Choice } from '../models/choice'
import { called, cited, reasoned, withoutAsides } from './asides'

/** What is asked for. */
export type Ask =
  | {
      readonly kind: 'send'
      readonly text: string
      readonly parentMessage: string
      readonly models: Choice
      /** Format of each: users/{user}/documents/{document} */
      readonly attachments: readonly string[]
      readonly options: GenerationOptions | undefined
    }
  | {
      readonly kind: 'edit'
      readonly message: string
      readonly text: string
      readonly model: string
      readonly options: GenerationOptions | undefined
    }
  | { readonly kind: 'regenerate' | 'continue'; readonly reply: string }
  /** Nothing: the reply is written already, and only read. */
  | { readonly kind: 'follow' }

/** What the user wants. Sent again with the same `requestId`, it is still done once. */
export interface Question {
  readonly conversation: string
  readonly requestId: string
  readonly ask: Ask
}

/**
 * A question and its reply, as far as the streams have told:
 * - `sending`: nothing has come back yet;
 * - `streaming`: it is stored, and the reply is coming;
 * - `cut`: the stream has ended or skipped something, and another is to go on from there;
 * - `stopping`: the user has seen enough, and what is shown is what is to be kept;
 * - `queued`: it is stored, and waits for the reply before it;
 * - `ended`: the reply is stored, completed or not;
 * - `unsent`: no stream came about. Whether it was stored is known only if a service said so.
 */
export interface Reply {
  readonly question: Question
  readonly phase: 'sending' | 'streaming' | 'cut' | 'stopping' | 'queued' | 'ended' | 'unsent'
  /** The last entry of the reply's log that is shown. */
  readonly seq: bigint
  readonly message?: Message
  readonly answer?: Message
  /** The replies of the other models that were asked the same; each is followed for itself. */
  readonly siblings?: readonly Message[]
  readonly problem?: Problem
}

export type ReplyAction =
  | { readonly type: 'event'; readonly event: ReplyEvent }
  /** A stream is over, well or badly; `problem` says how it looks if nothing had come. */
  | { readonly type: 'over'; readonly problem: Problem }
  /** The service knows no such place in the reply: the next stream begins at its beginning. */
  | { readonly type: 'lost' }
  | { readonly type: 'stop' }
  | { readonly type: 'stopped'; readonly answer: Message | undefined }

/** Asks, or asks again. */
export function asked(question: Question): Reply {
  return { question, phase: 'sending', seq: 0n }
}

/** Goes on with a reply from where a stored message is. */
export function followed(conversation: string, answer: Message): Reply {
  const question: Question = { conversation, requestId: answer.name, ask: { kind: 'follow' } }
  return { question, phase: 'streaming', seq: answer.seq, answer }
}

/** Whether more is to come. */
export function isLive({ phase }: Reply): boolean {
  return phase === 'sending' || phase === 'stopping' || isRead(phase)
}

/** Whether a stored message will not change any more. */
export function hasEnded({ state }: Message): boolean {
  return state !== Message_State.GENERATING && state !== Message_State.QUEUED
}

function isRead(phase: Reply['phase']): boolean {
  return phase === 'streaming' || phase === 'cut'
}

/** Returns what is known after one more thing has happened. */
export function reduceReply(reply: Reply, action: ReplyAction): Reply {
  if (!isLive(reply)) return reply
  switch (action.type) {
    case 'event':
      return reduceEvent(reply, action.event)
    case 'over':
      if (reply.phase === 'stopping') return reply
      return reply.phase === 'sending'
        ? { ...reply, phase: 'unsent', problem: action.problem }
        : { ...reply, phase: 'cut' }
    case 'lost':
      return { ...reply, seq: 0n }
    case 'stop':
      return isRead(reply.phase) ? { ...reply, phase: 'stopping' } : reply
    case 'stopped':
      return ended(reply, reply.seq, action.answer)
  }
}

function reduceEvent(reply: Reply, { seq, afterSeq, event }: ReplyEvent): Reply {
  switch (event.case) {
    case 'completed':
    case 'stopped':
    case 'failed':
      // Holds the reply as it is stored, so nothing that was missed matters any more.
      return ended(reply, seq, event.value.reply)
  }
  if (reply.phase === 'stopping') return reply
  if (afterSeq !== reply.seq) return { ...reply, phase: 'cut' }
  switch (event.case) {
    case 'accepted':
      return accepted(reply, seq, event.value)
    case 'delta':
      return extended(reply, seq, afterSeq === 0n, event.value.text)
    case 'restarted':
      return restarted(reply, seq)
    default:
      return changed(reply, seq, (answer) => withAside(answer, event))
  }
}

function accepted(
  reply: Reply,
  seq: bigint,
  { message, reply: answer, siblings }: ReplyEvent_Accepted,
): Reply {
  if (!message || !answer) return { ...reply, phase: 'cut' }
  const phase = answer.state === Message_State.QUEUED ? 'queued' : 'streaming'
  // What is written so far comes again, as deltas from the first on.
  const fresh = hasEnded(answer) ? answer : { ...answer, text: '', seq }
  return { ...reply, phase, seq, message, answer: fresh, siblings }
}

function extended(reply: Reply, seq: bigint, anew: boolean, text: string): Reply {
  return changed(reply, seq, (answer) => ({ ...answer, text: anew ? text : answer.text + text }))
}

function restarted(reply: Reply, seq: bigint): Reply {
  return changed(reply, seq, (answer) => ({ ...withoutAsides(answer), text: '' }))
}

/** Takes in what an event says of the reply. */
function changed(reply: Reply, seq: bigint, change: (answer: Message) => Message): Reply {
  const { answer } = reply
  // A reply that had ended before it was asked for again is whole from the start.
  if (!answer || hasEnded(answer)) return { ...reply, phase: 'streaming', seq }
  const state = Message_State.GENERATING
  const next = { ...change(answer), state, seq }
  return { ...reply, phase: 'streaming', seq, answer: next }
}

function withAside(answer: Message, event: ReplyEvent['event']): Message {
  switch (event.case) {
    case 'reasoning': {
      const { offset, text } = event.value
      return { ...answer, reasoning: reasoned(answer.reasoning, Number(offset), text) }
    }
    case 'citation':
      return { ...answer, citations: cited(answer.citations, event.value) }
    case 'toolCall':
      return { ...answer, toolCalls: called(answer.toolCalls, event.value) }
    case 'retrieval':
      return { ...answer, retrieval: event.value }
    default:
      return answer
  }
}

function ended(reply: Reply, seq: bigint, answer: Message | undefined): Reply {
  if (!answer) return { ...reply, phase: 'cut' }
  return { ...reply, phase: 'ended', seq, answer }
}
