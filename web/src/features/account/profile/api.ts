import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { AccountService } from '@/gen/parley/auth/v1/account_service_pb'
import { CredentialService } from '@/gen/parley/auth/v1/credential_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

export const PROFILE = ['profile']

export function useProfile(user: string) {
  const client = useClient(AccountService)
  return useQuery({
    queryKey: PROFILE,
    queryFn: ({ signal }) => client.getUser({ name: user }, { signal }),
  })
}

/** Whether a user has a password; until it is known, as if they had. */
export function useHasPassword(user: string): boolean {
  return useProfile(user).data?.user?.hasPassword ?? true
}

export function useRenameUser(user: string) {
  const client = useClient(AccountService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (displayName: string) => client.updateUser({ user: { name: user, displayName } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: PROFILE }),
  })
}

/** Has a code sent to the address that is to be the new one; without mail, it is at once. */
export function useChangeEmail(user: string) {
  const client = useClient(CredentialService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (newEmail: string) => client.changeEmail({ name: user, newEmail }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: PROFILE }),
  })
}

/** Changes the address, with the code that came. */
export function useCompleteEmailChange(user: string) {
  const client = useClient(CredentialService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ token, code }: { readonly token: string; readonly code: string }) =>
      client.completeEmailChange({ name: user, token, code }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: PROFILE }),
  })
}
