import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Permission } from '@/gen/parley/access/v1/access_pb'
import { RoleService } from '@/gen/parley/auth/v1/role_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const KEY = ['roles']
const ALL = 200 // more than there may be

/** The roles that there are. */
export function useRoles() {
  const client = useClient(RoleService)
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.listRoles({ pageSize: ALL }, { signal }),
  })
}

interface NamedRole {
  readonly name: string
  readonly displayName: string
}

/** Makes a role that allows what everybody needs: to see to the own account. */
export function useCreateRole(permissions: readonly Permission[]) {
  const client = useClient(RoleService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (role: NamedRole) =>
      client.createRole({ role: { ...role, permissions: [...permissions] } }),
    onSuccess: changed,
  })
}

interface Allowed {
  readonly name: string
  readonly permissions: readonly Permission[]
}

/** Changes what a role allows. */
export function useAllow() {
  const client = useClient(RoleService)
  const changed = useChanged()
  return useMutation({
    mutationFn: ({ name, permissions }: Allowed) =>
      client.updateRole({
        role: { name, permissions: [...permissions] },
        updateMask: { paths: ['permissions'] },
      }),
    onSuccess: changed,
  })
}

/** Changes what people call a role. How it is spelled stays. */
export function useRenameRole() {
  const client = useClient(RoleService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (role: NamedRole) =>
      client.updateRole({ role, updateMask: { paths: ['display_name'] } }),
    onSuccess: changed,
  })
}

export function useDeleteRole() {
  const client = useClient(RoleService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (name: string) => client.deleteRole({ name }),
    onSuccess: changed,
  })
}

function useChanged() {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: KEY })
}
