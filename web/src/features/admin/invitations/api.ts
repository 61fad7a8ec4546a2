import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { InvitationService } from '@/gen/parley/auth/v1/invitation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { inviteeOf } from './invitee'

const PAGE = 50
const KEY = ['invitations']

/** The invitations that nobody has used yet, page by page. */
export function useInvitations() {
  const client = useClient(InvitationService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listInvitations({ pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

interface WantedInvitation {
  readonly whom: string
  readonly role: string
  readonly sendMail: boolean
  readonly requestId: string
}

/** Invites somebody. What the person signs up with comes once, or goes by mail. */
export function useInvite() {
  const client = useClient(InvitationService)
  const changed = useChanged()
  return useMutation({
    mutationFn: ({ whom, role, sendMail, requestId }: WantedInvitation) =>
      client.createInvitation({
        invitation: { invitee: inviteeOf(whom), role },
        sendMail,
        requestId,
      }),
    onSuccess: changed,
  })
}

export function useTakeBack() {
  const client = useClient(InvitationService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (name: string) => client.deleteInvitation({ name }),
    onSuccess: changed,
  })
}

function useChanged() {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: KEY })
}
