import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { ExportAuditEventsResponseSchema } from '@/gen/parley/auth/v1/audit_service_pb'
import { lineOf } from './exporting'

const mark = {
  index: 7n,
  hash: new Uint8Array([0, 255]),
  keyId: 'k',
  signature: new Uint8Array([16]),
}
const MARK = { index: 7, hash: '00ff', key_id: 'k', signature: '10' }

const parsed = (part: Parameters<typeof create<typeof ExportAuditEventsResponseSchema>>[1]) =>
  JSON.parse(lineOf(create(ExportAuditEventsResponseSchema, part))) as unknown

it('begins with the keys', () => {
  const keys = [{ kid: 'k', x: 'a', y: 'b' }]
  expect(parsed({ part: { case: 'begin', value: { base: mark, keys } } })).toEqual({
    type: 'begin',
    base: MARK,
    keys: [{ kty: 'EC', crv: 'P-256', kid: 'k', x: 'a', y: 'b' }],
  })
})

it('writes an event with what it takes to verify it', () => {
  const place = { address: '192.0.2.1', userAgent: 'curl', salt: new Uint8Array([1, 2]) }
  const value = { mark, previousHash: new Uint8Array([9]), content: '{"action":"a.b"}', place }
  expect(parsed({ part: { case: 'record', value } })).toEqual({
    type: 'event',
    ...MARK,
    previous_hash: '09',
    event: { action: 'a.b' },
    place: { address: '192.0.2.1', user_agent: 'curl', salt: '0102' },
  })
})

it('says of an erased place nothing', () => {
  const value = { mark, previousHash: new Uint8Array([9]), content: '{}' }
  expect(parsed({ part: { case: 'record', value } })).not.toHaveProperty('place')
})

it('ends with the head, whose time has six digits', () => {
  const value = { ...mark, time: { seconds: 1_780_000_000n, nanos: 1_230_000 } }
  expect(parsed({ part: { case: 'head', value } })).toEqual({
    type: 'head',
    ...MARK,
    time: '2026-05-28T20:26:40.001230Z',
  })
})
