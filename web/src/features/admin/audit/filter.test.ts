import { expect, it } from 'vitest'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import { AuditOutcome } from '@/gen/parley/auth/v1/audit_service_pb'
import { EVERYTHING, userIn, wireOf } from './filter'

it('asks for everything when nothing is chosen', () => {
  expect(wireOf(EVERYTHING)).toEqual({ user: '', action: '', outcome: AuditOutcome.UNSPECIFIED })
})

it('begins with the first day and ends after the last one', () => {
  const { startTime, endTime } = wireOf({ ...EVERYTHING, from: '2026-05-03', until: '2026-05-31' })
  expect(startTime && timestampDate(startTime)).toEqual(new Date(2026, 4, 3))
  expect(endTime && timestampDate(endTime)).toEqual(new Date(2026, 5, 1))
})

it('takes a user with or without what the name begins with', () => {
  expect(userIn('123')).toBe('users/123')
  expect(userIn('users/123')).toBe('users/123')
  expect(userIn('')).toBe('')
})
