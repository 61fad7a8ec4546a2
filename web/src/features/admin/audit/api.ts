import { useInfiniteQuery } from '@tanstack/react-query'
import { AuditService } from '@/gen/parley/auth/v1/audit_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { wireOf } from './filter'
import type { AuditFilter } from './filter'

const PAGE = 50

/** The events that are wanted, the newest first, page by page. */
export function useAuditEvents(filter: AuditFilter) {
  const client = useClient(AuditService)
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      client.listAuditEvents(
        { ...wireOf(filter), pageSize: PAGE, pageToken: pageParam },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}
