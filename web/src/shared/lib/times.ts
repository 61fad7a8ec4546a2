import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Timestamp } from '@bufbuild/protobuf/wkt'

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** Says a day, where the person is. */
export function dayOf(time: Timestamp): string {
  return DAY.format(timestampDate(time))
}

/** Says a day and the time of day. */
export function momentOf(time: Timestamp): string {
  return MOMENT.format(timestampDate(time))
}

/** Says the time of day. */
export function clockOf(time: Timestamp): string {
  return CLOCK.format(timestampDate(time))
}
