import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ShareService } from '@/gen/parley/chat/v1/share_service_pb'
import type { Share } from '@/gen/parley/chat/v1/share_service_pb'
import { userOf } from '@/shared/lib/names'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200

const keyOf = (conversation: string) => ['shares', conversation]

/** The links to snapshots of a conversation, the newest first. */
export function useShares(conversation: string) {
  const client = useClient(ShareService)
  return useQuery({
    queryKey: keyOf(conversation),
    queryFn: async ({ signal }) => {
      const shares: Share[] = []
      let pageToken = ''
      do {
        const request = { parent: userOf(conversation), pageSize: PAGE, pageToken }
        const page = await client.listShares(request, { signal })
        shares.push(...page.shares.filter((share) => share.conversation === conversation))
        pageToken = page.nextPageToken
      } while (pageToken)
      return shares
    },
    staleTime: 0,
  })
}

interface NewShare {
  readonly signedInOnly: boolean
  readonly requestId: string
}

/** Makes a link to a conversation as it is now. Called again with the same `requestId`, no other. */
export function useCreateShare(conversation: string) {
  const client = useClient(ShareService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ signedInOnly, requestId }: NewShare) =>
      client.createShare({
        parent: userOf(conversation),
        share: { conversation, signedInOnly },
        requestId,
      }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(conversation) }),
  })
}

/** Revokes a link: it leads nowhere from then on. */
export function useRevokeShare(conversation: string) {
  const client = useClient(ShareService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name }: Share) =>
      client.deleteShare({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(conversation) }),
  })
}
