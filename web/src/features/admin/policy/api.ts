import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { PolicyService } from '@/gen/parley/auth/v1/policy_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import type { WantedPolicy } from './form'

const KEY = ['policy']

/** Who may sign up, and what they need. */
export function usePolicy() {
  const client = useClient(PolicyService)
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.getPolicy({}, { signal }),
  })
}

export function useUpdatePolicy() {
  const client = useClient(PolicyService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (policy: WantedPolicy) =>
      client.updatePolicy({ policy, updateMask: { paths: ['*'] } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
