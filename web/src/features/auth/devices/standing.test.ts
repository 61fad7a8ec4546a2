import { describe, expect, it } from 'vitest'
import { DeviceAuthorization_State as State } from '@/gen/parley/auth/v1/device_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { endingAfter, endingOf, rightsOf } from './standing'

describe('a terminal', () => {
  it('can be decided about only while it waits', () => {
    expect(endingOf(State.PENDING)).toBeUndefined()
    const ended = [State.APPROVED, State.DENIED, State.USED, State.EXPIRED]
    expect(ended.map((state) => endingOf(state)?.title)).toEqual([
      'Signed in',
      'Refused',
      'Used already',
      'Too late',
    ])
  })

  it('has ended when the server says so in between', () => {
    expect(endingAfter(ErrorReason.DEVICE_CODE_EXPIRED)?.title).toBe('Too late')
    expect(endingAfter(ErrorReason.DEVICE_DECIDED)?.title).toBe('Decided already')
    expect(endingAfter(ErrorReason.UNAVAILABLE)).toBeUndefined()
    expect(endingAfter(undefined)).toBeUndefined()
  })
})

describe('what a terminal may do', () => {
  it('is said in words, in one order', () => {
    expect(rightsOf(['tools', 'chat'])).toEqual([
      'read and write in your conversations',
      'use models, tools, assistants and memories as you',
    ])
  })

  it('names administration once, and leaves nothing out', () => {
    expect(rightsOf(['users_read', 'audit_read', 'chat'])).toEqual([
      'read and write in your conversations',
      'do what your role as an administrator allows',
    ])
  })
})
