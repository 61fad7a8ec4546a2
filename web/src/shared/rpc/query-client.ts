import { QueryClient } from '@tanstack/react-query'
import { problemOf } from './problem'

/** What keeps answers, for so many milliseconds as good as new; asks again if that may help. */
export function newQueryClient(staleTime = 0): QueryClient {
  const retry = (failures: number, error: Error) => failures < 2 && problemOf(error).retry
  return new QueryClient({ defaultOptions: { queries: { retry, staleTime } } })
}
