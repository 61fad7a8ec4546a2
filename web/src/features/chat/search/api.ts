import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { SearchService } from '@/gen/parley/chat/v1/search_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

/** Messages that hold the words of a query, the newest first, page by page. */
export function useSearch(user: string, query: string) {
  const client = useClient(SearchService)
  return useInfiniteQuery({
    queryKey: ['search', query],
    queryFn: ({ pageParam, signal }) =>
      client.searchMessages({ parent: user, query, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}
