import { useRouter } from 'next/navigation'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Account } from '@/gen/parley/auth/v1/account_pb'
import { AdminService } from '@/gen/parley/auth/v1/admin_service_pb'
import { ImpersonationService } from '@/gen/parley/auth/v1/impersonation_service_pb'
import { useClient, useRpc } from '@/shared/rpc/rpc-context'

const PAGE = 50
const KEY = ['accounts']

/** What people are looked for by. */
export interface PeopleFilter {
  readonly emailPrefix: string
  readonly role: string
}

/** The accounts of this Parley, page by page. */
export function usePeople(filter: PeopleFilter) {
  const client = useClient(AdminService)
  return useInfiniteQuery({
    queryKey: [...KEY, filter],
    queryFn: ({ pageParam, signal }) =>
      client.listAccounts({ ...filter, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** What can be done with an account. */
export type Measure =
  | { readonly kind: 'disable' | 'enable' | 'delete' | 'resetFactors' | 'endSessions' }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'endSession'; readonly session: string }

/** Does something with an account. */
export function useMeasure(name: string) {
  const client = useClient(AdminService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (measure: Measure): Promise<unknown> => {
      switch (measure.kind) {
        case 'disable':
          return client.disableAccount({ name })
        case 'enable':
          return client.enableAccount({ name })
        case 'delete':
          return client.deleteAccount({ name })
        case 'resetFactors':
          return client.resetAccountFactors({ name })
        case 'endSessions':
          return client.deleteAccountSessions({ parent: name })
        case 'endSession':
          return client.deleteAccountSession({ name: measure.session })
        case 'role':
          return client.setAccountRole({ name, role: measure.role })
      }
    },
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: KEY }),
        queryClient.invalidateQueries({ queryKey: ['account-sessions', name] }),
      ]),
  })
}

/** Has everything in this tab be done as somebody else for some minutes, and shows it. */
export function useImpersonation({ name, displayName, email }: Account) {
  const client = useClient(ImpersonationService)
  const { session } = useRpc()
  const router = useRouter()
  return useMutation({
    mutationFn: (reason: string) => client.beginImpersonation({ name, reason }),
    onSuccess: ({ accessToken }) => {
      session.actAs({ user: name, displayName, email }, accessToken)
      router.push('/chat')
    },
  })
}

/** The sessions of somebody, the latest first, page by page. */
export function useSessionsOf(name: string) {
  const client = useClient(AdminService)
  return useInfiniteQuery({
    queryKey: ['account-sessions', name],
    queryFn: ({ pageParam, signal }) =>
      client.listAccountSessions(
        { parent: name, pageSize: PAGE, pageToken: pageParam },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}
