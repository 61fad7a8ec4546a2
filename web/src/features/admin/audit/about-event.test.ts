import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { AuditEventSchema, AuditOutcome } from '@/gen/parley/auth/v1/audit_service_pb'
import { aboutEvent, trouble } from './about-event'

it('names each thing once', () => {
  const event = create(AuditEventSchema, {
    actor: 'users/ada',
    user: 'users/ada',
    subject: 'users/ada/sessions/1',
    place: { address: '192.0.2.1' },
    details: { methods: 'pwd' },
  })
  expect(aboutEvent(event)).toBe(
    'by users/ada, on users/ada/sessions/1, from 192.0.2.1, methods: pwd',
  )
})

it('tells of strangers by what is the same about them', () => {
  const event = create(AuditEventSchema, { stranger: '0123456789abcdef', user: 'users/ada' })
  expect(aboutEvent(event)).toBe('by a stranger, 0123456789ab, about users/ada')
})

it('says what did not end well', () => {
  expect(trouble(AuditOutcome.SUCCESS)).toBeUndefined()
  expect(trouble(AuditOutcome.FAILURE)).toBe('failed')
  expect(trouble(AuditOutcome.DENIED)).toBe('denied')
})
