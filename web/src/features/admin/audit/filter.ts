import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { AuditOutcome } from '@/gen/parley/auth/v1/audit_service_pb'

/** Which events somebody wants to see, as the form says it. */
export interface AuditFilter {
  readonly user: string
  readonly action: string
  readonly outcome: AuditOutcome
  /** Days as `2026-05-03`, where the person is; empty: from the beginning, until now. */
  readonly from: string
  readonly until: string
}

export const EVERYTHING: AuditFilter = {
  user: '',
  action: '',
  outcome: AuditOutcome.UNSPECIFIED,
  from: '',
  until: '',
}

const OUTCOMES = [
  AuditOutcome.UNSPECIFIED,
  AuditOutcome.SUCCESS,
  AuditOutcome.FAILURE,
  AuditOutcome.DENIED,
] as const

/** Reads the form. */
export function filterIn(form: HTMLFormElement): AuditFilter {
  const data = new FormData(form)
  const text = (name: string) => {
    const value = data.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return {
    user: userIn(text('user')),
    action: text('action').toLowerCase(),
    outcome: OUTCOMES.find((outcome) => String(outcome) === text('outcome')) ?? OUTCOMES[0],
    from: text('from'),
    until: text('until'),
  }
}

/** Takes a name with or without what it begins with. */
export function userIn(typed: string): string {
  return typed === '' || typed.startsWith('users/') ? typed : `users/${typed}`
}

/** Says it as the API wants it. The last day belongs to it. */
export function wireOf({ user, action, outcome, from, until }: AuditFilter) {
  const [startTime, endTime] = [midnight(from, 0), midnight(until, 1)]
  return { user, action, outcome, ...(startTime && { startTime }), ...(endTime && { endTime }) }
}

function midnight(day: string, later: number) {
  const [year, month, date] = day.split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined) return undefined
  return timestampFromDate(new Date(year, month - 1, date + later))
}
