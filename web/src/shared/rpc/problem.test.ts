import { describe, expect, it } from 'vitest'
import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { explain, problemOf } from './problem'
import { errorInfo, refusal, retryInfo } from './testing'

const REASONS = Object.values(ErrorReason).filter((reason) => typeof reason === 'number')
const CODES = Object.values(Code).filter((code) => typeof code === 'number')

describe('a problem', () => {
  it.each(REASONS)('has words for reason %i', (reason) => {
    expect(explain(reason).text).toMatch(/^\p{Lu}.*\.$/u)
  })

  it.each(CODES)('has words for code %i without a reason', (code) => {
    expect(problemOf(new ConnectError('x', code)).text).toMatch(/^\p{Lu}.*\.$/u)
  })

  it.each([new TypeError('Failed to fetch'), 'missing trailer', undefined, null, 42])(
    'can be tried again when the network threw %s',
    (thrown) => {
      expect(problemOf(thrown)).toMatchObject({ reason: ErrorReason.UNAVAILABLE, retry: true })
    },
  )

  it('is named by its reason, not by its code', () => {
    const error = refusal(Code.NotFound, errorInfo('CONVERSATION_NOT_FOUND', { conversation: 'c' }))
    expect(problemOf(error)).toEqual({
      reason: ErrorReason.CONVERSATION_NOT_FOUND,
      text: 'This conversation no longer exists.',
      retry: false,
    })
  })

  it('names the field that is at fault and what it expects', () => {
    const info = errorInfo('INVALID_FIELD', { field: 'text', expected: '1 to 32000 characters' })
    expect(problemOf(refusal(Code.InvalidArgument, info))).toMatchObject({
      field: 'text',
      text: 'Parley does not accept that. It expects 1 to 32000 characters.',
    })
  })

  it.each([
    [1, 'a second'],
    [40, '40 seconds'],
    [150, '3 minutes'],
  ])('says when to come back: %i', (seconds, words) => {
    const error = refusal(
      Code.ResourceExhausted,
      errorInfo('TOO_MANY_ATTEMPTS'),
      retryInfo(seconds),
    )
    expect(problemOf(error).text).toBe(`Too many attempts. Try again in ${words}.`)
  })

  it('can be reported by its trace', () => {
    const error = refusal(Code.Internal, errorInfo('INTERNAL', { trace_id: 'abc' }))
    expect(problemOf(error).text).toContain('abc')
  })

  it('has words for a reason that this page does not know yet', () => {
    const error = refusal(Code.FailedPrecondition, errorInfo('FROM_THE_FUTURE'))
    expect(problemOf(error).reason).toBe(ErrorReason.INTERNAL)
  })

  it('is not named by the reason of another domain', () => {
    const error = refusal(Code.Unavailable, errorInfo('EMAIL_TAKEN', {}, 'example.org'))
    expect(problemOf(error).reason).toBe(ErrorReason.UNAVAILABLE)
  })
})
