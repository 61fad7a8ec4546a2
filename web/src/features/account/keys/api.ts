import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ApiKeyService } from '@/gen/parley/auth/v1/api_key_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 50
const KEY = ['api-keys']
const DAY_MS = 86_400_000

/** The API keys of the user, the newest first, page by page. */
export function useApiKeys(user: string) {
  const client = useClient(ApiKeyService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listApiKeys({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

interface WantedKey {
  readonly displayName: string
  readonly scopes: readonly string[]
  readonly days: number
  readonly requestId: string
}

/** Makes a key: it comes once, and never again. */
export function useCreateApiKey(user: string) {
  const client = useClient(ApiKeyService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ displayName, scopes, days, requestId }: WantedKey) =>
      client.createApiKey({
        parent: user,
        apiKey: {
          displayName,
          scopes: [...scopes],
          expireTime: timestampFromMs(Date.now() + days * DAY_MS),
        },
        requestId,
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Revokes a key: it is refused from then on. */
export function useRevokeApiKey() {
  const client = useClient(ApiKeyService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => client.deleteApiKey({ name }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
