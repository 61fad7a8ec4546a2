import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 20
const KEY = ['sessions']

/** The sessions of the user that have not ended, the latest first, page by page. */
export function useSessions(user: string) {
  const client = useClient(SessionService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listSessions({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** Ends a session: whoever has it is signed out. */
export function useEndSession() {
  const client = useClient(SessionService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => client.deleteSession({ name }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Ends all sessions but this one. */
export function useEndOtherSessions(user: string) {
  const client = useClient(SessionService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () => client.deleteOtherSessions({ parent: user }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
