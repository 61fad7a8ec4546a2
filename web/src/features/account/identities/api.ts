import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IdentityService } from '@/gen/parley/auth/v1/identity_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const KEY = ['identities']
const ALL = 200

/** The accounts elsewhere that the user signs in with. */
export function useIdentities(user: string) {
  const client = useClient(IdentityService)
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.listIdentities({ parent: user, pageSize: ALL }, { signal }),
  })
}

/** Who may say here who somebody is. */
export function useProviders() {
  const client = useClient(IdentityService)
  return useQuery({
    queryKey: ['identity-providers'],
    queryFn: ({ signal }) => client.listIdentityProviders({ pageSize: ALL }, { signal }),
  })
}

/** Goes to a provider, to link the account there. */
export function useLink(user: string) {
  const client = useClient(IdentityService)
  return useMutation({
    mutationFn: (provider: string) =>
      client.beginLink({ parent: user, provider, nextPath: '/account#identities' }),
    onSuccess: ({ authorizationUrl }) => {
      location.assign(authorizationUrl)
    },
  })
}

export function useUnlink() {
  const client = useClient(IdentityService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => client.deleteIdentity({ name }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
