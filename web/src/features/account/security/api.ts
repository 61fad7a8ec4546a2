import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CredentialService } from '@/gen/parley/auth/v1/credential_service_pb'
import { FactorService } from '@/gen/parley/auth/v1/factor_service_pb'
import { createPasskey } from '@/shared/lib/passkeys'
import { useClient, useRpc } from '@/shared/rpc/rpc-context'
import { PROFILE } from '../profile/api'

const KEY = ['factors']
const ALL = 200 // more than anybody may have

/** The second factors of the user. */
export function useFactors(user: string) {
  const client = useClient(FactorService)
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.listFactors({ parent: user, pageSize: ALL }, { signal }),
  })
}

/** Asks for the secret of a new authenticator. */
export function useBeginTotp(user: string) {
  const client = useClient(FactorService)
  return useMutation({ mutationFn: () => client.beginTotp({ parent: user }) })
}

/** Adds the authenticator whose code is right. */
export function useCompleteTotp(user: string) {
  const client = useClient(FactorService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (totpCode: string) => client.completeTotp({ parent: user, totpCode }),
    onSuccess: changed,
  })
}

/** Has the browser make a passkey, and adds it. */
export function useAddPasskey(user: string) {
  const client = useClient(FactorService)
  const changed = useChanged()
  return useMutation({
    mutationFn: async (displayName: string) => {
      const { optionsJson } = await client.beginPasskey({ parent: user })
      const responseJson = await createPasskey(optionsJson)
      return client.completePasskey({ parent: user, responseJson, displayName })
    },
    onSuccess: changed,
  })
}

export function useRenameFactor() {
  const client = useClient(FactorService)
  const changed = useChanged()
  return useMutation({
    mutationFn: ({ name, displayName }: { readonly name: string; readonly displayName: string }) =>
      client.updateFactor({ factor: { name, displayName } }),
    onSuccess: changed,
  })
}

export function useRemoveFactor() {
  const client = useClient(FactorService)
  const changed = useChanged()
  return useMutation({
    mutationFn: (name: string) => client.deleteFactor({ name }),
    onSuccess: changed,
  })
}

/** Replaces the recovery codes by new ones. */
export function useNewRecoveryCodes(user: string) {
  const client = useClient(FactorService)
  const changed = useChanged()
  return useMutation({
    mutationFn: () => client.regenerateRecoveryCodes({ parent: user }),
    onSuccess: changed,
  })
}

interface NewPassword {
  readonly currentPassword: string
  readonly newPassword: string
}

/** Changes the password, and ends all other sessions. */
export function useChangePassword(user: string) {
  const client = useClient(CredentialService)
  const { session } = useRpc()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (wanted: NewPassword) => client.changePassword({ name: user, ...wanted }),
    onSuccess: (answer) => {
      if (answer.accessToken) session.begin(answer.session, answer.accessToken)
      void queryClient.invalidateQueries({ queryKey: PROFILE })
    },
  })
}

function useChanged() {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: KEY })
}
