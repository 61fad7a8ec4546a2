import type { AuditMark, ExportAuditEventsResponse } from '@/gen/parley/auth/v1/audit_service_pb'
import { timestampMicros } from './micros'

/**
 * Writes a part of an export as a line of JSON, as `parley admin audit export` does, whose
 * `verify` reads it without Parley.
 */
export function lineOf({ part }: ExportAuditEventsResponse): string {
  switch (part.case) {
    case 'begin': {
      const keys = part.value.keys.map(({ kid, x, y }) => ({ kty: 'EC', crv: 'P-256', kid, x, y }))
      return line({ type: 'begin', base: part.value.base && markOf(part.value.base), keys })
    }
    case 'head': {
      const { time } = part.value
      return line({ type: 'head', ...markOf(part.value), time: time && timestampMicros(time) })
    }
    case 'record': {
      const { mark, previousHash, content, place } = part.value
      return line({
        type: 'event',
        ...(mark && markOf(mark)),
        previous_hash: hex(previousHash),
        event: JSON.parse(content) as unknown,
        ...(place && {
          place: { address: place.address, salt: hex(place.salt), user_agent: place.userAgent },
        }),
      })
    }
    case undefined:
      return ''
  }
}

function markOf({ index, hash, keyId, signature }: AuditMark) {
  return { index: Number(index), hash: hex(hash), key_id: keyId, signature: hex(signature) }
}

function line(content: object): string {
  return `${JSON.stringify(content)}\n`
}

/** Writes bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
