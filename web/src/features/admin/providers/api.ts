import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { IdentityProviderService } from '@/gen/parley/auth/v1/identity_provider_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 50

/** How Parley is known to the identity providers, page by page. */
export function useRegistrations() {
  const client = useClient(IdentityProviderService)
  return useInfiniteQuery({
    queryKey: ['identity-provider-registrations'],
    queryFn: ({ pageParam, signal }) =>
      client.listIdentityProviderRegistrations(
        { pageSize: PAGE, pageToken: pageParam },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** Has an identity provider asked what it is, and says what does not hold of the answer. */
export function useCheck() {
  const client = useClient(IdentityProviderService)
  return useMutation({
    mutationFn: (name: string) => client.checkIdentityProvider({ name }),
  })
}
