import { describe, expect, it } from 'vitest'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { ReplyEvent } from '@/gen/parley/chat/v1/message_pb'
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
