import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import type { ReplyEvent, SendMessageRequest } from '@/gen/parley/chat/v1/message_service_pb'
import type { Reply } from './reply'
import { ReplyStreams } from './reply-streams'
import { accepted, completed, delta, QUESTION } from './testing'

const CONVERSATION = QUESTION.conversation

/** Streams over a real client; `says` plays the service. */
function streamsOf(says: (request: SendMessageRequest) => AsyncIterable<ReplyEvent>) {
  const transport = createRouterTransport((router) => {
    router.rpc(MessageService.method.sendMessage, async function* (request) {
      for await (const event of says(request)) yield { event }
    })
  })
  const phases: Reply['phase'][] = []
  const frames: (() => void)[] = []
  const streams = new ReplyStreams({
    messages: createClient(MessageService, transport),
    onPhase: ({ phase }) => phases.push(phase),
    schedule: (frame) => {
      frames.push(frame)
      return () => frames.splice(frames.indexOf(frame), 1)
    },
  })
  const reached = (phase: Reply['phase']) =>
    vi.waitFor(() => {
      for (const frame of frames.splice(0)) frame()
      expect(streams.get(CONVERSATION)?.phase).toBe(phase)
    })
  return { streams, phases, frames, reached }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream may have all it says at once
async function* at_once(...events: ReplyEvent[]) {
  yield* events
}

describe('the replies of a page', () => {
  it('are read to their end', async () => {
    const { streams, phases, reached } = streamsOf(() =>
      at_once(accepted(), delta(1, 2, 'Because'), completed(2, 'Because.')),
    )
    streams.ask(QUESTION)

    await reached('ended')
    expect(streams.get(CONVERSATION)?.answer?.text).toBe('Because.')
    expect(phases).toEqual(['sending', 'ended'])
  })

  it('are shown once a frame, however much comes', async () => {
    const { promise: held, resolve: end } = Promise.withResolvers<undefined>()
    const { streams, frames, reached } = streamsOf(async function* () {
      yield accepted()
      for (let seq = 2; seq < 100; seq += 1) yield delta(seq - 1, seq, 'x')
      await held
    })
    let shown = 0
    streams.subscribe(() => (shown += 1))
    streams.ask(QUESTION)
    await vi.waitFor(() => {
      expect(frames).toHaveLength(1)
    })

    await reached('streaming')
    await vi.waitFor(() => {
      for (const frame of frames.splice(0)) frame()
      expect(streams.get(CONVERSATION)?.answer?.text).toHaveLength(98)
    })
    expect(shown).toBeLessThan(20)
    end(undefined)
    await reached('cut')
  })

  it('are cut when the stream breaks after the question was stored', async () => {
    const { streams, reached } = streamsOf(async function* () {
      yield accepted()
      await Promise.reject(new ConnectError('reset', Code.Unavailable))
    })
    streams.ask(QUESTION)

    await reached('cut')
  })

  it('are asked for again with the same request when no answer came', async () => {
    const requests: string[] = []
    const { streams, reached } = streamsOf(({ requestId }) => {
      requests.push(requestId)
      if (requests.length === 1) throw new ConnectError('reset', Code.Unavailable)
      return at_once(accepted(), completed(1, 'Because.'))
    })
    streams.ask(QUESTION)
    await reached('unsent')
    expect(streams.get(CONVERSATION)?.problem?.retry).toBe(true)

    streams.ask(QUESTION)

    await reached('ended')
    expect(requests).toEqual(['r', 'r'])
  })

  it('are forgotten when they are discarded', async () => {
    const { streams, reached } = streamsOf(() => {
      throw new ConnectError('no', Code.InvalidArgument)
    })
    streams.ask(QUESTION)
    await reached('unsent')

    streams.discard(CONVERSATION)

    expect(streams.get(CONVERSATION)).toBeUndefined()
  })
})

describe('a silent stream', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is given up after several heartbeats are missing', async () => {
    const { streams, frames } = streamsOf(async function* () {
      yield accepted()
      await Promise.withResolvers().promise
    })
    streams.ask(QUESTION)
    await vi.advanceTimersByTimeAsync(30_000)
    for (const frame of frames.splice(0)) frame()
    expect(streams.get(CONVERSATION)?.phase).toBe('streaming')

    await vi.advanceTimersByTimeAsync(15_000)

    expect(streams.get(CONVERSATION)?.phase).toBe('cut')
  })
})
