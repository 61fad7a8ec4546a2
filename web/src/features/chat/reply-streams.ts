import { Code, ConnectError } from '@connectrpc/connect'
import type { Client } from '@connectrpc/connect'
import type { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { asked, reduceReply } from './reply'
import type { Question, Reply, ReplyAction } from './reply'

/** Twice the time between heartbeats, and some: a stream that is silent for longer is dead. */
const SILENCE_MS = 40_000

export interface ReplyStreamsOptions {
  readonly messages: Client<typeof MessageService>
  /** Is told of every change of phase. */
  readonly onPhase: (reply: Reply) => void
  /** Runs what is given to it before the next frame. Returns what cancels that. */
  readonly schedule: (callback: () => void) => () => void
}

/**
 * The replies that this page is reading: at most one per conversation, going on while another
 * conversation is on the screen. What comes between two frames is shown at once.
 */
export class ReplyStreams {
  readonly #options: ReplyStreamsOptions
  readonly #replies = new Map<string, Reply>()
  readonly #aborts = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()

  constructor(options: ReplyStreamsOptions) {
    this.#options = options
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get(conversation: string): Reply | undefined {
    return this.#replies.get(conversation)
  }

  /** Asks a question and reads the reply; asking one again replaces what there was. */
  ask(question: Question): void {
    this.#aborts.get(question.conversation)?.abort()
    const abort = new AbortController()
    this.#aborts.set(question.conversation, abort)
    this.#show(asked(question))
    void this.#read(question, abort)
  }

  /** Forgets a conversation's reply. What is stored stays. */
  discard(conversation: string): void {
    this.#aborts.get(conversation)?.abort()
    this.#aborts.delete(conversation)
    this.#replies.delete(conversation)
    this.#notify()
  }

  /** Stops reading. The replies are written all the same. */
  close(): void {
    for (const abort of this.#aborts.values()) abort.abort()
    this.#aborts.clear()
  }

  async #read(question: Question, abort: AbortController): Promise<void> {
    const frames = new Frames(this.#options.schedule, (actions) => {
      if (!abort.signal.aborted) this.#advance(question.conversation, actions, abort)
    })
    const silence = new Silence(() => {
      frames.finish({
        type: 'over',
        problem: problemOf(new ConnectError('silent', Code.Unavailable)),
      })
      abort.abort()
    })
    try {
      const { conversation: parent, text, parentMessage, requestId } = question
      const request = { parent, text, parentMessage, requestId }
      const call = { signal: abort.signal, timeoutMs: 0 }
      for await (const { event } of this.#options.messages.sendMessage(request, call)) {
        silence.broken()
        if (event) frames.add({ type: 'event', event })
      }
      throw new ConnectError('the stream is over', Code.Unavailable)
    } catch (error) {
      frames.finish({ type: 'over', problem: problemOf(error) })
    } finally {
      silence.end()
    }
  }

  #advance(conversation: string, actions: readonly ReplyAction[], abort: AbortController): void {
    const before = this.#replies.get(conversation)
    if (!before) return
    const after = actions.reduce(reduceReply, before)
    this.#show(after)
    if (after.phase === 'cut') abort.abort()
  }

  #show(reply: Reply): void {
    const phase = this.#replies.get(reply.question.conversation)?.phase
    this.#replies.set(reply.question.conversation, reply)
    this.#notify()
    if (phase !== reply.phase) this.#options.onPhase(reply)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Collects actions and hands them over once a frame. */
class Frames {
  #actions: ReplyAction[] = []
  #cancel: (() => void) | undefined

  constructor(
    private readonly schedule: ReplyStreamsOptions['schedule'],
    private readonly flush: (actions: readonly ReplyAction[]) => void,
  ) {}

  add(action: ReplyAction): void {
    this.#actions.push(action)
    this.#cancel ??= this.schedule(() => {
      this.#hand()
    })
  }

  /** Hands over what there is, with a last action. */
  finish(action: ReplyAction): void {
    this.#actions.push(action)
    this.#cancel?.()
    this.#hand()
  }

  #hand(): void {
    const actions = this.#actions
    this.#actions = []
    this.#cancel = undefined
    this.flush(actions)
  }
}

/** Calls back when nothing has broken the silence for too long. */
class Silence {
  #timer: ReturnType<typeof setTimeout>

  constructor(private readonly tooLong: () => void) {
    this.#timer = setTimeout(tooLong, SILENCE_MS)
  }

  broken(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.tooLong, SILENCE_MS)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
