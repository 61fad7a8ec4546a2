import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import type { ReplyEvent } from '@/gen/parley/chat/v1/message_pb'
import type {
  ResumeReplyRequest,
  SendMessageRequest,
  StopReplyRequest,
} from '@/gen/parley/chat/v1/message_service_pb'
import { until } from '@/shared/lib/testing'
import type { Reply } from './reply'
import { ReplyStreams } from './reply-streams'
import { accepted, answered, completed, delta, generating, QUESTION, SEND } from '../testing'

const CONVERSATION = QUESTION.conversation

interface Service {
  readonly says?: (request: SendMessageRequest) => AsyncIterable<ReplyEvent>
  readonly resumes?: (request: ResumeReplyRequest) => AsyncIterable<ReplyEvent>
}

/** Streams over a real client; the functions play the service. */
function streamsOf(says: Service['says'], { resumes }: Service = {}) {
  const stops: StopReplyRequest[] = []
  const transport = createRouterTransport((router) => {
    router.rpc(MessageService.method.sendMessage, async function* (request) {
      for await (const event of says?.(request) ?? []) yield { event }
    })
    router.rpc(MessageService.method.resumeReply, async function* (request) {
      for await (const event of resumes?.(request) ?? []) yield { event }
    })
    router.rpc(MessageService.method.stopReply, (request) => {
      stops.push(request)
      return { reply: answered('Be', { state: Message_State.STOPPED }) }
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
    until(() => {
      for (const frame of frames.splice(0)) frame()
      expect(streams.of(CONVERSATION)[0]?.phase).toBe(phase)
    })
  return { streams, stops, phases, frames, reached }
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
    expect(streams.of(CONVERSATION)[0]?.answer?.text).toBe('Because.')
    expect(phases).toEqual(['sending', 'ended'])
  })

  it('ask every model that is chosen', async () => {
    const asked: [string, string[]][] = []
    const { streams, reached } = streamsOf(({ model, additionalModels }) => {
      asked.push([model, additionalModels])
      return at_once(accepted(), completed(1, 'Because.'))
    })
    const ask = { ...SEND, models: ['x', 'y', 'z'] }
    streams.ask({ ...QUESTION, ask })

    await reached('ended')
    expect(asked).toEqual([['x', ['y', 'z']]])
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
    await until(() => {
      expect(frames).toHaveLength(1)
    })

    await reached('streaming')
    await until(() => {
      for (const frame of frames.splice(0)) frame()
      expect(streams.of(CONVERSATION)[0]?.answer?.text).toHaveLength(98)
    })
    expect(shown).toBeLessThan(20)
    end(undefined)
    await reached('cut')
    streams.close()
  })

  it('go on where their stream broke', async () => {
    const resumed: [string, bigint][] = []
    const { streams, phases, reached } = streamsOf(
      async function* () {
        yield accepted()
        yield delta(1, 3, 'Be')
        await Promise.reject(new ConnectError('half an event', Code.InvalidArgument))
      },
      {
        resumes: ({ name, afterSeq }) => {
          resumed.push([name, afterSeq])
          return resumed.length === 1
            ? at_once(delta(3, 5, 'ca'))
            : at_once(delta(5, 8, 'use'), completed(8, 'Because'))
        },
      },
    )
    streams.ask(QUESTION)

    await reached('ended')
    expect(resumed).toEqual([
      ['a', 3n],
      ['a', 5n],
    ])
    expect(phases).toContain('cut')
    expect(streams.of(CONVERSATION)[0]?.answer?.text).toBe('Because')
  })

  it('are followed from where they are stored', async () => {
    const { streams, reached } = streamsOf(undefined, {
      resumes: ({ afterSeq }) => at_once(delta(Number(afterSeq), 8, 'cause'), completed(8, '!')),
    })
    streams.follow(CONVERSATION, { ...generating('Be'), seq: 3n })

    await reached('ended')
    expect(streams.of(CONVERSATION)[0]?.answer?.text).toBe('!')
  })

  it('are stopped after what is shown', async () => {
    const { streams, stops, reached } = streamsOf(async function* () {
      yield accepted()
      yield delta(1, 3, 'Be')
      await Promise.withResolvers().promise
    })
    streams.ask(QUESTION)
    await reached('streaming')
    const [shown] = streams.of(CONVERSATION)
    if (shown) await streams.stop(shown)

    await reached('ended')
    expect(stops).toMatchObject([{ name: 'a', lastSeenSeq: 3n }])
    expect(streams.of(CONVERSATION)[0]?.answer?.state).toBe(Message_State.STOPPED)
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
    expect(streams.of(CONVERSATION)[0]?.problem?.retry).toBe(true)

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

    expect(streams.of(CONVERSATION)).toEqual([])
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
    expect(streams.of(CONVERSATION)[0]?.phase).toBe('streaming')

    await vi.advanceTimersByTimeAsync(15_000)

    expect(streams.of(CONVERSATION)[0]?.phase).toBe('cut')
  })
})
