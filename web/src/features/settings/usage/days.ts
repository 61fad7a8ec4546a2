import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Charge } from '@/gen/parley/chat/v1/usage_service_pb'

/** What the replies of a day cost. */
export interface Day {
  readonly key: string
  readonly charges: readonly Charge[]
  readonly costMicros: bigint
  readonly tokens: bigint
  /** Whether all of the day is here: more of it may be on the next page. */
  readonly complete: boolean
}

/** Parts charges, the newest first, by the days of where the person is. */
export function byDay(charges: readonly Charge[], hasMore: boolean): Day[] {
  const days = Map.groupBy(charges, dayKey)
  return [...days].map(([key, charges], at) => ({
    key,
    charges,
    costMicros: charges.reduce((sum, { costMicros }) => sum + costMicros, 0n),
    tokens: charges.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0n),
    complete: !hasMore || at < days.size - 1,
  }))
}

function dayKey({ createTime }: Charge): string {
  return createTime ? timestampDate(createTime).toDateString() : ''
}
