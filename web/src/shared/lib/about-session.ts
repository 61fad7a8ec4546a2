import type { Session } from '@/gen/parley/auth/v1/session_service_pb'
import { momentOf } from '@/shared/lib/times'

// The first that fits: most browsers name those that they want to be taken for, too.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/parley/i, 'The parley command'],
  [/grpc/i, 'A program'],
  [/curl|python|java|go-http/i, 'A program'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/i, 'Linux'],
]
const METHODS: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'code',
  pop: 'passkey',
  ext: 'identity provider',
}

/** Names a browser or terminal as people do. */
export function deviceOf(userAgent: string): string {
  const named = (table: typeof BROWSERS) => table.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)]
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? 'Something that does not say what it is'
}

/** Says from where, when and how, in one line. */
export function aboutSession(session: Session): string {
  const methods = session.methods.flatMap((method) => METHODS[method] ?? [])
  return [
    session.address && `from ${session.address}`,
    session.createTime && `since ${momentOf(session.createTime)}`,
    session.lastUseTime && `last used ${momentOf(session.lastUseTime)}`,
    methods.length > 0 && `with ${methods.join(' and ')}`,
  ]
    .filter(Boolean)
    .join(', ')
}
