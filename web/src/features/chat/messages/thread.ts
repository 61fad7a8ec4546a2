import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { Role } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { hasEnded } from '../replies/reply'
import type { Ask, Reply } from '../replies/reply'

/** One question and what came of it, as the page shows them. */
export interface Exchange {
  readonly key: string
  readonly question: string
  readonly message?: Message
  readonly answer?: Message
  /** What this page itself knows of the exchange, because it reads the reply. */
  readonly live?: Reply
  /** What else was asked in this place, with the message itself; oldest first. */
  readonly questions: readonly Message[]
  /** What else was answered. */
  readonly answers: readonly Message[]
  /** If several models were asked at once: what each of them says. */
  readonly beside: readonly Voice[]
}

/** What one model says. */
export interface Voice {
  readonly answer: Message
  readonly live?: Reply
}

type Messages = ReadonlyMap<string, Message>

/**
 * Lays out a conversation: of the tree of messages, the branch that ends with `current`, or with
 * the newest message if that is not known, in exchanges. `stored` is oldest first.
 */
export function thread(
  stored: readonly Message[],
  lives: readonly Reply[] = [],
  current = '',
): Exchange[] {
  const messages = new Map(stored.map((message) => [message.name, message]))
  for (const message of lives.flatMap(({ message, answer }) => [message, answer])) {
    const known = message && messages.get(message.name)
    // What has ended may have been rated since. What is being written is shown as it is read.
    if (message && !(known && hasEnded(known))) messages.set(message.name, message)
  }
  return lives.reduce(
    (exchanges, live) => (live.answer ? exchanges : withPending(exchanges, live)),
    pairs(messages, branch(messages, current), lives),
  )
}

/** Replaces or adds messages in a list that is oldest first. */
export function upsert(stored: readonly Message[], ...messages: Message[]): Message[] {
  const byName = new Map(stored.map((message) => [message.name, message]))
  for (const message of messages) {
    const known = byName.get(message.name)
    byName.set(message.name, known ? newer(message, known) : message)
  }
  return [...byName.values()]
}

/** Returns the one of two versions of a message that knows more; the first one if neither does. */
export function newer(one: Message, other: Message): Message {
  if (hasEnded(one) || hasEnded(other)) return hasEnded(one) ? one : other
  return other.seq > one.seq ? other : one
}

/** The newest message that can be reached from one by going on from it. */
export function newestLeaf(stored: readonly Message[], from: Message): Message {
  // Oldest first: what goes on from a message stands after it.
  return stored.reduce(
    ({ leaf, below }, message) =>
      below.has(message.parentMessage)
        ? { leaf: message, below: below.add(message.name) }
        : { leaf, below },
    { leaf: from, below: new Set([from.name]) },
  ).leaf
}

function branch(messages: Messages, current: string): Message[] {
  const path: Message[] = []
  let next = messages.get(current) ?? [...messages.values()].at(-1)
  while (next && !path.includes(next)) {
    path.push(next)
    next = messages.get(next.parentMessage)
  }
  return path.reverse()
}

function pairs(messages: Messages, path: readonly Message[], lives: readonly Reply[]): Exchange[] {
  const exchanges: Exchange[] = []
  for (const message of path) {
    const last = exchanges.at(-1)
    const siblings = siblingsOf(messages, message)
    if (message.role === Role.USER) {
      const { name: key, text: question } = message
      exchanges.push({ key, question, message, questions: siblings, answers: [], beside: [] })
      continue
    }
    const { live } = voice(message, lives)
    const begun = last && !last.answer ? last : undefined
    const of = begun ?? { key: message.name, question: '', questions: [] }
    // Keyed by the request, so that it stays the same thing on the page once it is stored.
    const key = live?.question.ask.kind === 'send' ? live.question.requestId : of.key
    const beside = together(siblings, message).map((sibling) => voice(sibling, lives))
    const answered = { answer: message, answers: siblings, beside, ...(live && { live }) }
    const exchange = { ...of, ...answered, key }
    exchanges.splice(begun ? -1 : exchanges.length, begun ? 1 : 0, exchange)
  }
  return exchanges
}

/** Returns what is said in an exchange, by all who were asked. */
export function voices({ answer, live, beside }: Exchange): readonly Voice[] {
  if (beside.length > 0) return beside
  return answer ? [{ answer, ...(live && { live }) }] : []
}

function voice(answer: Message, lives: readonly Reply[]): Voice {
  const live = lives.find((live) => live.answer?.name === answer.name)
  return { answer, ...(live && { live }) }
}

/** Of the replies to a message, those that were asked for together with one; none if only that. */
function together(siblings: readonly Message[], { createTime }: Message): readonly Message[] {
  // The service stores them in one transaction, which has one time.
  const those = siblings.filter(
    (other) => createTime && other.createTime && timestampEqual(createTime, other.createTime),
  )
  return those.length > 1 ? those : []
}

function timestampEqual(one: Timestamp, other: Timestamp): boolean {
  return one.seconds === other.seconds && one.nanos === other.nanos
}

function siblingsOf(messages: Messages, { role, parentMessage }: Message): Message[] {
  return [...messages.values()].filter(
    (other) => other.role === role && other.parentMessage === parentMessage,
  )
}

/** Shows what is asked for and not yet stored, in its place. */
function withPending(exchanges: Exchange[], live: Reply): Exchange[] {
  const { requestId: key, ask } = live.question
  const pending = { key, live, questions: [], answers: [], beside: [] }
  if (ask.kind === 'send') return [...exchanges, { ...pending, question: ask.text }]
  const at = exchanges.findIndex((exchange) => isAbout(ask, exchange))
  const place = exchanges[at]
  if (!place) return exchanges
  const before = exchanges.slice(0, at)
  if (ask.kind === 'edit') return [...before, { ...pending, question: ask.text }]
  const { question, message, questions } = place
  return [
    ...before,
    { ...pending, key: place.key, question, questions, ...(message && { message }) },
  ]
}

function isAbout(ask: Ask, { message, answer }: Exchange): boolean {
  switch (ask.kind) {
    case 'edit':
      return message?.name === ask.message
    case 'regenerate':
    case 'continue':
      return answer?.name === ask.reply
    default:
      return false
  }
}

/** What has been said on the branch that is shown, oldest first. */
export function saidIn(exchanges: readonly Exchange[]): readonly Message[] {
  return exchanges.flatMap(({ message, answer }) => [message, answer]).filter((one) => !!one)
}
