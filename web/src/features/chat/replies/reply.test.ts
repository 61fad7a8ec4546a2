import { describe, expect, it } from 'vitest'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { ReplyEvent } from '@/gen/parley/chat/v1/message_pb'
import { ToolCall_State } from '@/gen/parley/llm/v1/generation_pb'
import { asked, followed, reduceReply } from './reply'
import type { Reply } from './reply'
import { accepted, answered, completed, delta, event, generating, QUESTION } from '../testing'

const AWAY = { reason: ErrorReason.UNAVAILABLE, text: 'Away.', retry: true }

const after = (...events: ReplyEvent[]): Reply =>
  events.reduce((reply, event) => reduceReply(reply, { type: 'event', event }), asked(QUESTION))
const over = (reply: Reply) => reduceReply(reply, { type: 'over', problem: AWAY })

describe('a reply', () => {
  it('grows with every delta and ends as it is stored', () => {
    const streaming = after(accepted(), delta(1, 2, 'Be'), delta(2, 5, 'cause'))
    expect(streaming).toMatchObject({ phase: 'streaming', seq: 5n, answer: { text: 'Because' } })

    const ended = reduceReply(streaming, { type: 'event', event: completed(5, 'Because.') })
    expect(ended).toMatchObject({ phase: 'ended', answer: { text: 'Because.', state: 2 } })
  })

  it('is cut when an event is missing', () => {
    const cut = after(accepted(), delta(1, 2, 'Be'), delta(3, 4, 'se'))
    expect(cut).toMatchObject({ phase: 'cut', answer: { text: 'Be' } })
  })

  it('is cut when its first event is missing', () => {
    expect(after(delta(1, 2, 'Be')).phase).toBe('cut')
  })

  it('is cut when the stream is over without a last event', () => {
    expect(over(after(accepted(), delta(1, 2, 'Be'))).phase).toBe('cut')
  })

  it('is unsent when the stream is over before its first event', () => {
    expect(over(asked(QUESTION))).toMatchObject({ phase: 'unsent', problem: AWAY })
  })

  it('needs nothing more once it has ended', () => {
    const ended = after(accepted(), completed(1, 'Because.'))
    expect(over(ended)).toBe(ended)
    expect(reduceReply(ended, { type: 'event', event: delta(2, 3, '!') })).toBe(ended)
  })

  it('is whole with its last event, whatever was missed before', () => {
    expect(after(accepted(), completed(7, 'Because.'))).toMatchObject({
      phase: 'ended',
      answer: { text: 'Because.' },
    })
  })

  it('stays as it is while only heartbeats come', () => {
    const heartbeat = event(2, 2, { case: 'heartbeat', value: {} })
    expect(after(accepted(), delta(1, 2, 'Be'), heartbeat, delta(2, 3, 'cause'))).toMatchObject({
      phase: 'streaming',
      answer: { text: 'Because' },
    })
  })

  it('notices at a heartbeat that something is missing', () => {
    const heartbeat = event(3, 3, { case: 'heartbeat', value: {} })
    expect(after(accepted(), heartbeat).phase).toBe('cut')
  })

  it('keeps what was written when it fails', () => {
    const reply = answered('Be', {
      state: Message_State.FAILED,
      failureReason: ErrorReason.MODEL_STALLED,
    })
    const failed = event(2, 3, {
      case: 'failed',
      value: { reply, reason: ErrorReason.MODEL_STALLED },
    })
    expect(after(accepted(), delta(1, 2, 'Be'), failed)).toMatchObject({
      phase: 'ended',
      answer: { text: 'Be', failureReason: ErrorReason.MODEL_STALLED },
    })
  })

  it('is not doubled when it had ended before it was asked for again', () => {
    const whole = answered('Because.')
    const again = after(accepted(whole), delta(1, 2, 'Because.'), completed(2, 'Because.'))
    expect(again).toMatchObject({ phase: 'ended', answer: { text: 'Because.' } })
  })

  it('is not doubled when it is asked for again while it is being written', () => {
    const half = answered('Be', { state: Message_State.GENERATING })
    expect(after(accepted(half), delta(1, 2, 'Be'), delta(2, 3, 'cause'))).toMatchObject({
      answer: { text: 'Because' },
    })
  })

  it('goes on where it was cut', () => {
    const cut = over(after(accepted(), delta(1, 3, 'Be')))
    const resumed = reduceReply(cut, { type: 'event', event: delta(3, 8, 'cause') })
    expect(resumed).toMatchObject({ phase: 'streaming', seq: 8n, answer: { text: 'Because' } })
  })

  it('is cleared when another process begins it anew', () => {
    const first = BigInt(2 ** 20 + 1)
    const restarted = event(3, Number(first), { case: 'restarted', value: { attempt: 2 } })
    expect(after(accepted(), delta(1, 3, 'Be'), restarted)).toMatchObject({
      phase: 'streaming',
      seq: first,
      answer: { text: '', seq: first },
    })
  })

  it('is shown from its beginning when its place was lost', () => {
    const lost = reduceReply(over(after(accepted(), delta(1, 3, 'Be'))), { type: 'lost' })
    expect(lost).toMatchObject({ phase: 'cut', answer: { text: 'Be' } })
    expect(reduceReply(lost, { type: 'event', event: delta(0, 4, 'Bec') })).toMatchObject({
      answer: { text: 'Bec' },
    })
  })

  it('does not grow any more once the user stops it', () => {
    const stopping = reduceReply(after(accepted(), delta(1, 3, 'Be')), { type: 'stop' })
    const late = reduceReply(stopping, { type: 'event', event: delta(3, 8, 'cause') })
    expect(late).toMatchObject({ phase: 'stopping', seq: 3n, answer: { text: 'Be' } })
    expect(over(late).phase).toBe('stopping')
  })

  it('is as it is stored once it is stopped, although that is shorter', () => {
    const stopped = answered('B', { state: Message_State.STOPPED })
    const last = event(3, 4, { case: 'stopped', value: { reply: stopped } })
    expect(after(accepted(), delta(1, 3, 'Be'), last)).toMatchObject({
      phase: 'ended',
      answer: { text: 'B', state: Message_State.STOPPED },
    })
  })

  it('waits when the reply before it is still being written', () => {
    const waits = answered('', { state: Message_State.QUEUED })
    expect(after(accepted(waits)).phase).toBe('queued')
  })

  it('tells the replies of the other models that were asked', () => {
    const told = after(accepted(generating(), [{ name: 'a2' }, { name: 'a3' }]))
    expect(told).toMatchObject({
      phase: 'streaming',
      answer: { name: 'a' },
      siblings: [{ name: 'a2' }, { name: 'a3' }],
    })
  })

  it('that is followed goes on after what is stored of it', () => {
    const half = { ...generating('Be'), seq: 3n }
    const begun = followed('users/u/conversations/c', half)
    expect(reduceReply(begun, { type: 'event', event: delta(3, 8, 'cause') })).toMatchObject({
      answer: { text: 'Because' },
    })
  })
})

describe('what stands beside the text of a reply', () => {
  const reasoning = (at: number, offset: number, text: string) =>
    event(at, at, { case: 'reasoning', value: { offset: BigInt(offset), text } })
  const citation = (at: number, number: number, quote: string) =>
    event(at, at, { case: 'citation', value: { number, quote } })
  const call = (at: number, name: string, state: ToolCall_State) =>
    event(at, at, { case: 'toolCall', value: { name, state } })
  const retrieval = (at: number, passages: number, degraded = false) =>
    event(at, at, { case: 'retrieval', value: { passages, degraded } })

  it('does not move the reply on', () => {
    const told = after(accepted(), retrieval(1, 2), citation(1, 1, 'x'), delta(1, 2, 'B'))
    expect(told).toMatchObject({
      phase: 'streaming',
      seq: 2n,
      answer: { text: 'B', citations: [{ quote: 'x' }], retrieval: { passages: 2 } },
    })
  })

  it('shows that something is missing, as the text does', () => {
    expect(after(accepted(), citation(3, 1, 'x')).phase).toBe('cut')
  })

  it('grows as the model thinks', () => {
    const told = after(accepted(), reasoning(1, 0, 'Hm 🦡'), reasoning(1, 4, ', yes'))
    expect(told.answer?.reasoning).toBe('Hm 🦡, yes')
  })

  it('is not doubled when a resumed stream tells it again', () => {
    const first = [reasoning(1, 0, '🦡 is'), reasoning(1, 4, ' it'), citation(1, 2, 'b')]
    const more = [citation(1, 1, 'a'), call(1, 't1', ToolCall_State.RUNNING)]
    const cut = over(after(accepted(), ...first, ...more))

    const again = [reasoning(1, 0, '🦡 is it'), ...first.slice(2), ...more, reasoning(1, 7, '?')]
    const resumed = again.reduce(
      (reply, event) => reduceReply(reply, { type: 'event', event }),
      cut,
    )

    expect(resumed).toMatchObject({
      phase: 'streaming',
      answer: {
        reasoning: '🦡 is it?',
        citations: [{ number: 1 }, { number: 2 }],
        toolCalls: [{ name: 't1' }],
      },
    })
  })

  it('is cut back where reasoning is told from an earlier place', () => {
    const told = after(accepted(), reasoning(1, 0, 'a🦡bc'), reasoning(1, 2, 'X'))
    expect(told.answer?.reasoning).toBe('a🦡X')
  })

  it('has each tool once, as it is by now, in the order of their calls', () => {
    const told = after(
      accepted(),
      call(1, 't1', ToolCall_State.AWAITING_APPROVAL),
      call(1, 't2', ToolCall_State.RUNNING),
      call(1, 't1', ToolCall_State.DENIED),
    )
    expect(told.answer?.toolCalls).toMatchObject([
      { name: 't1', state: ToolCall_State.DENIED },
      { name: 't2', state: ToolCall_State.RUNNING },
    ])
  })

  it('is void when another process begins the reply anew', () => {
    const first = 2 ** 20 + 1
    const restarted = event(2, first, { case: 'restarted', value: { attempt: 2 } })
    const told = after(
      accepted(),
      ...[reasoning(1, 0, 'Hm'), citation(1, 1, 'a'), retrieval(1, 1)],
      ...[call(1, 't1', ToolCall_State.RUNNING), delta(1, 2, 'B'), restarted],
      citation(first, 1, 'b'),
    )
    expect(told.answer).toMatchObject({
      text: '',
      reasoning: '',
      citations: [{ quote: 'b' }],
      toolCalls: [],
    })
    expect(told.answer?.retrieval).toBeUndefined()
  })

  it('does not change any more once the user stops the reply', () => {
    const stopping = reduceReply(after(accepted(), citation(1, 1, 'a')), { type: 'stop' })
    const late = reduceReply(stopping, { type: 'event', event: citation(1, 2, 'b') })
    expect(late.answer?.citations).toHaveLength(1)
  })

  it('is not doubled on a reply that had ended before it was asked for again', () => {
    const whole = answered('Because.', { citations: [{ number: 1 }] })
    const again = after(accepted(whole), citation(1, 1, 'a'), citation(1, 2, 'b'))
    expect(again.answer?.citations).toHaveLength(1)
  })
})
