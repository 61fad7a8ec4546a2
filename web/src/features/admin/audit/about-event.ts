import { AuditOutcome } from '@/gen/parley/auth/v1/audit_service_pb'
import type { AuditEvent } from '@/gen/parley/auth/v1/audit_service_pb'
import { momentOf } from '@/shared/lib/times'

/** Says how something ended, if it did not end well. */
export function trouble(outcome: AuditOutcome): string | undefined {
  if (outcome === AuditOutcome.FAILURE) return 'failed'
  return outcome === AuditOutcome.DENIED ? 'denied' : undefined
}

/** Says when something happened, who did it to whom, and from where. */
export function aboutEvent(event: AuditEvent): string {
  const { actor, user, subject, stranger, place } = event
  return [
    event.createTime && momentOf(event.createTime),
    actor ? `by ${actor}` : stranger ? `by a stranger, ${stranger.slice(0, 12)}` : 'by a stranger',
    user && user !== actor && `about ${user}`,
    subject && subject !== user && subject !== actor && `on ${subject}`,
    place?.address && `from ${place.address}`,
    ...Object.entries(event.details).map(([name, value]) => `${name}: ${value}`),
  ]
    .filter(Boolean)
    .join(', ')
}
