import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { AdminService } from '@/gen/parley/auth/v1/admin_service_pb'
import { GroupService } from '@/gen/parley/auth/v1/group_service_pb'
import { idOf } from '@/shared/lib/names'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 50
const KEY = ['groups']

/** The groups, page by page. */
export function useGroups() {
  const client = useClient(GroupService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listGroups({ pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

interface NewGroup {
  readonly displayName: string
  readonly role: string
  readonly requestId: string
}

export function useCreateGroup() {
  const client = useClient(GroupService)
  const changed = useChanged(KEY)
  return useMutation({
    mutationFn: ({ displayName, role, requestId }: NewGroup) =>
      client.createGroup({ group: { displayName, role }, requestId }),
    onSuccess: changed,
  })
}

interface ChangedGroup {
  readonly name: string
  readonly displayName: string
  /** Absent: it stays, as it has to for who may not give roles. */
  readonly role?: string | undefined
}

/** Changes what a group is called, and what it adds to what its members may do. */
export function useUpdateGroup() {
  const client = useClient(GroupService)
  const changed = useChanged(KEY)
  return useMutation({
    mutationFn: ({ name, displayName, role }: ChangedGroup) =>
      client.updateGroup({
        group: { name, displayName, role: role ?? '' },
        updateMask: { paths: role === undefined ? ['display_name'] : ['display_name', 'role'] },
      }),
    onSuccess: changed,
  })
}

export function useDeleteGroup() {
  const client = useClient(GroupService)
  const changed = useChanged(KEY)
  return useMutation({
    mutationFn: (name: string) => client.deleteGroup({ name }),
    onSuccess: changed,
  })
}

/** Who is in a group, by name and address, page by page. */
export function useMembers(group: string) {
  const groups = useClient(GroupService)
  const accounts = useClient(AdminService)
  return useInfiniteQuery({
    queryKey: ['members', group],
    queryFn: async ({ pageParam, signal }) => {
      const request = { parent: group, pageSize: PAGE, pageToken: pageParam }
      const { users, nextPageToken } = await groups.listGroupMembers(request, { signal })
      const found = await Promise.all(
        users.map((name) => accounts.getAccount({ name }, { signal })),
      )
      return { members: found.flatMap(({ account }) => account ?? []), nextPageToken }
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** Adds who has an address; fails if nobody has. */
export function useAddMember(group: string) {
  const groups = useClient(GroupService)
  const accounts = useClient(AdminService)
  const changed = useChanged(['members', group])
  return useMutation({
    mutationFn: async (email: string) => {
      const found = await accounts.listAccounts({ emailPrefix: email, pageSize: PAGE })
      const one = found.accounts.find((each) => each.email.toLowerCase() === email.toLowerCase())
      if (!one) return false
      await groups.addGroupMember({ parent: group, user: one.name })
      return true
    },
    onSuccess: changed,
  })
}

export function useRemoveMember(group: string) {
  const client = useClient(GroupService)
  const changed = useChanged(['members', group])
  return useMutation({
    mutationFn: (user: string) =>
      client.removeGroupMember({ name: `${group}/members/${idOf(user)}` }),
    onSuccess: changed,
  })
}

function useChanged(queryKey: readonly string[]) {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey })
}
