import { Message_State, Role } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message } from '@/gen/parley/chat/v1/message_service_pb'
import { hasEnded } from './reply'
import type { Reply } from './reply'

/** One question and what came of it, as the page shows them. */
export interface Exchange {
  readonly key: string
  readonly question: string
  readonly message?: Message
  readonly answer?: Message
  /** What this page itself knows of the exchange, having asked the question. */
  readonly live?: Reply
}

/**
 * Lays out a conversation: of the tree of messages, the branch that ends with the newest one,
 * in exchanges. `stored` is oldest first; `live` is newer than that.
 */
export function thread(stored: readonly Message[], live: Reply | undefined): Exchange[] {
  const messages = new Map(stored.map((message) => [message.name, message]))
  for (const message of [live?.message, live?.answer]) {
    if (message) messages.set(message.name, newer(messages.get(message.name), message))
  }
  const exchanges = pairs(branch(messages), live)
  if (live && !live.message && live.phase !== 'cut') {
    const { text, requestId } = live.question
    exchanges.push({ key: requestId, question: text, live })
  }
  return exchanges.filter((exchange, at) => !isAskedAgain(exchange, exchanges[at + 1]))
}

/** Replaces or adds messages in a list that is oldest first. */
export function upsert(stored: readonly Message[], ...messages: Message[]): Message[] {
  const byName = new Map(stored.map((message) => [message.name, message]))
  for (const message of messages) {
    byName.set(message.name, newer(byName.get(message.name), message))
  }
  return [...byName.values()]
}

/** Returns the one of two versions of a message that knows more. */
function newer(one: Message | undefined, other: Message): Message {
  if (!one || hasEnded(other)) return other
  return hasEnded(one) || one.text.length > other.text.length ? one : other
}

function branch(messages: ReadonlyMap<string, Message>): Message[] {
  const path: Message[] = []
  let next = [...messages.values()].at(-1)
  while (next && !path.includes(next)) {
    path.push(next)
    next = messages.get(next.parentMessage)
  }
  return path.reverse()
}

function pairs(path: readonly Message[], live: Reply | undefined): Exchange[] {
  const exchanges: Exchange[] = []
  for (const message of path) {
    const last = exchanges.at(-1)
    if (message.role === Role.USER || !last || last.answer) {
      exchanges.push(begin(message, live))
    } else {
      exchanges[exchanges.length - 1] = { ...last, answer: message }
    }
  }
  return exchanges
}

function begin(message: Message, live: Reply | undefined): Exchange {
  if (message.role !== Role.USER) return { key: message.name, question: '', answer: message }
  const known = live?.message?.name === message.name
  // Keyed by the request, so that it stays the same thing on the page once it is stored.
  const key = known ? live.question.requestId : message.name
  return { key, question: message.text, message, ...(known && { live }) }
}

/** Whether a failed exchange is followed by the same question: it need not be seen twice. */
function isAskedAgain(exchange: Exchange, next: Exchange | undefined): boolean {
  return exchange.answer?.state === Message_State.FAILED && next?.question === exchange.question
}
