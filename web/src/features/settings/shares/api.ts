import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { ShareService } from '@/gen/parley/chat/v1/share_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 20
const KEY = ['shares']

/** All links of the user, the newest first, page by page. */
export function useShares(user: string) {
  const client = useClient(ShareService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listShares({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** Revokes a link: it leads nowhere from then on. */
export function useRevokeShare() {
  const client = useClient(ShareService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) =>
      client.deleteShare({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
