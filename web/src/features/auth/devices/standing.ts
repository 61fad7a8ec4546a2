import { DeviceAuthorization_State as State } from '@/gen/parley/auth/v1/device_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'

/** How long a session lives; `services/auth/sessions/model.py` decides. */
export const IDLE_DAYS = 30
export const LONGEST_DAYS = 90

/** How it ended, in words; the terminal itself says the rest. */
export interface Ending {
  readonly title: string
  readonly text: string
}

export const APPROVED: Ending = {
  title: 'Signed in',
  text: 'The terminal goes on by itself in a few seconds. You can close this page.',
}

export const DENIED: Ending = {
  title: 'Refused',
  text: 'The terminal is not signed in. If you did not start this, somebody else tried to get in: never approve a code that another person gave you.',
}

const EXPIRED: Ending = {
  title: 'Too late',
  text: 'A code is good for ten minutes. Begin again in the terminal, and use the new code.',
}

const USED: Ending = {
  title: 'Used already',
  text: 'This code has signed a terminal in. Each is good for one. If that was not you, end its session in the settings.',
}

const DECIDED: Ending = {
  title: 'Decided already',
  text: 'This code was approved or refused before. Begin again in the terminal, and use the new code.',
}

/** Says what became of a terminal that does not wait any more. */
export function endingOf(state: State): Ending | undefined {
  switch (state) {
    case State.APPROVED:
      return APPROVED
    case State.DENIED:
      return DENIED
    case State.USED:
      return USED
    case State.EXPIRED:
      return EXPIRED
    default:
      return undefined
  }
}

/** Says what a refusal means for good; others can be tried again. */
export function endingAfter(reason: ErrorReason | undefined): Ending | undefined {
  if (reason === ErrorReason.DEVICE_CODE_EXPIRED) return EXPIRED
  if (reason === ErrorReason.DEVICE_DECIDED) return DECIDED
  return undefined
}

const RIGHTS: ReadonlyMap<string, string> = new Map([
  ['chat', 'read and write in your conversations'],
  ['knowledge', 'read, add and delete your documents'],
  ['tools', 'use models, tools, assistants and memories as you'],
  ['api_keys', 'list and revoke your API keys'],
  ['account', 'see your account, and end its sessions'],
])

/** Says in words what a terminal could do; what only administrators may is one thing. */
export function rightsOf(scopes: readonly string[]): readonly string[] {
  const known = [...RIGHTS].filter(([scope]) => scopes.includes(scope)).map(([, words]) => words)
  const more = scopes.some((scope) => !RIGHTS.has(scope))
  return more ? [...known, 'do what your role as an administrator allows'] : known
}
