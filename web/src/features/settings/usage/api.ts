import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { UsageService } from '@/gen/parley/chat/v1/usage_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 20

/** What the user has used, and what is left. */
export function useUsage(user: string) {
  const client = useClient(UsageService)
  return useQuery({
    queryKey: ['usage', 'now'],
    queryFn: async ({ signal }) => {
      const { usage } = await client.getUsage({ name: `${user}/usage` }, { signal })
      return usage ?? null
    },
  })
}

/** What each answer cost, the newest first, page by page. */
export function useCharges(user: string) {
  const client = useClient(UsageService)
  return useInfiniteQuery({
    queryKey: ['usage', 'charges'],
    queryFn: ({ pageParam, signal }) =>
      client.listCharges({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}
