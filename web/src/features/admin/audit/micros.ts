import type { Timestamp } from '@bufbuild/protobuf/wkt'

/** Writes a time with six digits after the point, as it is signed. */
export function timestampMicros({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)
  return `${whole}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`
}
