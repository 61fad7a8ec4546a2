import { Code, ConnectError } from '@connectrpc/connect'
import type { CallOptions, Client } from '@connectrpc/connect'
import type { Message, ReplyEvent } from '@/gen/parley/chat/v1/message_pb'
import type { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Patience } from '@/shared/lib/patience'
import { heard } from '@/shared/rpc/heard'
import { problemOf } from '@/shared/rpc/problem'
import { Frames } from './frames'
import { asked, followed, isLive, reduceReply } from './reply'
import type { Question, Reply, ReplyAction } from './reply'

const NONE: readonly Reply[] = []
const STOP_TRIES = 5

// Whatever else ends a stream, half an event too, another stream may go on.
const GONE = new Set([
  ErrorReason.MESSAGE_NOT_FOUND,
  ErrorReason.CONVERSATION_NOT_FOUND,
  ErrorReason.FORBIDDEN,
])

export interface ReplyStreamsOptions {
  readonly messages: Client<typeof MessageService>
  /** Is told of every change of phase, with the phase before. */
  readonly onPhase: (reply: Reply, before: Reply['phase'] | undefined) => void
  /** Runs what is given to it before the next frame. Returns what cancels that. */
  readonly schedule: (callback: () => void) => () => void
}

/**
 * The replies that this page is reading, going on while another conversation is on the screen.
 * A stream that breaks is taken up again where it broke, for as long as the page is there. What
 * comes between two frames is shown at once.
 */
export class ReplyStreams {
  readonly #options: ReplyStreamsOptions
  readonly #replies = new Map<string, readonly Reply[]>()
  readonly #aborts = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()

  constructor(options: ReplyStreamsOptions) {
    this.#options = options
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is known of a conversation's replies, the latest asked for last. */
  of(conversation: string): readonly Reply[] {
    return this.#replies.get(conversation) ?? NONE
  }

  /** Asks a question and reads the reply; asking one again takes it up anew. */
  ask(question: Question): void {
    this.#begin(asked(question))
  }

  /** Reads a reply that is being written, from where the message is. */
  follow(conversation: string, answer: Message): void {
    this.#begin(followed(conversation, answer))
  }

  /** Stops a reply. What is shown now is kept, and nothing more. */
  async stop({ question }: Reply): Promise<void> {
    const phase = this.#find(question)?.phase
    if (phase !== 'streaming' && phase !== 'cut') return
    this.#aborts.get(question.requestId)?.abort()
    const { signal } = this.#abortable(question.requestId)
    const stopping = this.#advance(question, [{ type: 'stop' }])
    if (!stopping?.answer) return
    const { name } = stopping.answer
    const request = { name, lastSeenSeq: stopping.seq, requestId: crypto.randomUUID() }
    const patience = new Patience()
    for (let tries = 0; tries < STOP_TRIES; tries += 1) {
      try {
        const { reply } = await this.#options.messages.stopReply(request, { signal })
        this.#advance(question, [{ type: 'stopped', answer: reply }])
        return
      } catch (error) {
        if (!problemOf(error).retry) break
        await patience.wait(signal)
      }
    }
    // It could not be stopped, so there is more to read.
    if (!signal.aborted) this.#begin({ ...stopping, phase: 'cut' })
  }

  /** Forgets a conversation's replies. What is stored stays. */
  discard(conversation: string): void {
    for (const { question } of this.of(conversation)) this.#end(question.requestId)
    this.#replies.delete(conversation)
    this.#notify()
  }

  /** Forgets one reply. */
  drop({ question }: Reply): void {
    const { conversation, requestId } = question
    this.#end(requestId)
    const others = this.of(conversation).filter((other) => other.question.requestId !== requestId)
    this.#replies.set(conversation, others)
    this.#notify()
  }

  /** Stops reading. The replies are written all the same. */
  close(): void {
    for (const key of [...this.#aborts.keys()]) this.#end(key)
  }

  #begin(reply: Reply): void {
    const { conversation, requestId } = reply.question
    this.#aborts.get(requestId)?.abort()
    // What has ended is in the list of messages.
    const others = this.of(conversation).filter(
      (other) =>
        (isLive(other) || other.phase === 'unsent') && other.question.requestId !== requestId,
    )
    this.#replies.set(conversation, [...others, reply])
    this.#notify()
    this.#options.onPhase(reply, undefined)
    void this.#keepReading(reply, this.#abortable(requestId).signal)
  }

  /** Reads stream after stream until the reply has ended. */
  async #keepReading(begun: Reply, signal: AbortSignal): Promise<void> {
    const patience = new Patience()
    let reply: Reply | undefined = begun
    const over = () => signal.aborted
    while (reply && isLive(reply)) {
      const { seq } = reply
      const problem = await this.#read(reply, signal)
      reply = this.#find(begun.question)
      if (over() || reply?.phase !== 'cut') return
      if (problem.reason === ErrorReason.SEQ_OUT_OF_RANGE) {
        reply = this.#advance(begun.question, [{ type: 'lost' }])
      } else if (GONE.has(problem.reason)) return
      else if (reply.seq !== seq) patience.worked()
      await patience.wait(signal)
      if (over()) return
    }
  }

  /** Reads one stream to its end, and returns how that looks. */
  async #read(reply: Reply, signal: AbortSignal) {
    const cut = new AbortController()
    const frames = new Frames<ReplyAction>(this.#options.schedule, (actions) => {
      if (signal.aborted) return
      const after = this.#advance(reply.question, actions)
      if (after?.phase === 'cut' || after?.phase === 'queued') cut.abort()
    })
    const open = (call: CallOptions) => streamOf(this.#options.messages, reply, call)
    try {
      for await (const { event } of heard(open, AbortSignal.any([signal, cut.signal]))) {
        if (event) frames.add({ type: 'event', event })
      }
      throw new ConnectError('the stream is over', Code.Unavailable)
    } catch (error) {
      const problem = problemOf(error)
      frames.finish({ type: 'over', problem })
      return problem
    }
  }

  #find({ conversation, requestId }: Question): Reply | undefined {
    return this.of(conversation).find(({ question }) => question.requestId === requestId)
  }

  #advance(question: Question, actions: readonly ReplyAction[]): Reply | undefined {
    const before = this.#find(question)
    if (!before) return undefined
    const after = actions.reduce(reduceReply, before)
    const replies = this.of(question.conversation)
    this.#replies.set(
      question.conversation,
      replies.map((reply) => (reply === before ? after : reply)),
    )
    this.#notify()
    if (before.phase !== after.phase) this.#options.onPhase(after, before.phase)
    return after
  }

  #abortable(key: string): AbortController {
    const abort = new AbortController()
    this.#aborts.set(key, abort)
    return abort
  }

  #end(key: string): void {
    this.#aborts.get(key)?.abort()
    this.#aborts.delete(key)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Makes the call that a reply is read with: the one that asks for it, or one that resumes. */
function streamOf(
  messages: Client<typeof MessageService>,
  { question, answer, seq }: Reply,
  call: CallOptions,
): AsyncIterable<{ readonly event?: ReplyEvent | undefined }> {
  const { conversation: parent, requestId, ask } = question
  if (answer) return messages.resumeReply({ name: answer.name, afterSeq: seq }, call)
  switch (ask.kind) {
    case 'send': {
      const { text, parentMessage, options } = ask
      const [model, ...additionalModels] = ask.models
      const attachments = [...ask.attachments]
      const said = { parent, text, parentMessage, attachments, requestId, queue: true }
      const request = { ...said, additionalModels, ...(options && { options }) }
      return messages.sendMessage({ ...request, ...(model && { model }) }, call)
    }
    case 'edit': {
      const { message: name, text, model, options } = ask
      const request = { name, text, model, requestId, ...(options && { options }) }
      return messages.editMessage(request, call)
    }
    case 'regenerate':
      return messages.regenerateReply({ name: ask.reply, requestId }, call)
    case 'continue':
      return messages.continueReply({ name: ask.reply, requestId }, call)
    case 'follow':
      throw new Error('a reply that is followed is known')
  }
}
