import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  Message_State,
  MessageSchema,
  ReplyEventSchema,
  Role,
} from '@/gen/parley/chat/v1/message_pb'
import type { ReplyEvent } from '@/gen/parley/chat/v1/message_pb'
import type { Ask, Question } from './replies/reply'

// What the tests of this feature say messages and events with.

type MessageInit = MessageInitShape<typeof MessageSchema>

export const SEND = {
  kind: 'send',
  text: 'Why?',
  parentMessage: '',
  models: [],
  attachments: [],
  options: undefined,
} as const satisfies Ask

export const QUESTION: Question = {
  conversation: 'users/u/conversations/c',
  requestId: 'r',
  ask: SEND,
}

export const said = (init: MessageInit = {}) =>
  create(MessageSchema, {
    name: 'q',
    role: Role.USER,
    text: 'Why?',
    state: Message_State.COMPLETED,
    ...init,
  })

export const answered = (text: string, init: MessageInit = {}) =>
  create(MessageSchema, {
    name: 'a',
    parentMessage: 'q',
    role: Role.ASSISTANT,
    text,
    state: Message_State.COMPLETED,
    ...init,
  })

export const generating = (text = '', init: MessageInit = {}) =>
  answered(text, { state: Message_State.GENERATING, ...init })

type EventInit = MessageInitShape<typeof ReplyEventSchema>['event']

export const event = (afterSeq: number, seq: number, of: EventInit): ReplyEvent =>
  create(ReplyEventSchema, {
    afterSeq: BigInt(afterSeq),
    seq: BigInt(seq),
    event: of ?? { case: undefined },
  })

export const accepted = (reply = generating(), siblings: MessageInit[] = []) =>
  event(0, 1, { case: 'accepted', value: { message: said(), reply, siblings } })

export const delta = (afterSeq: number, seq: number, text: string) =>
  event(afterSeq, seq, { case: 'delta', value: { text } })

export const completed = (afterSeq: number, text: string) =>
  event(afterSeq, afterSeq + 1, { case: 'completed', value: { reply: answered(text) } })
