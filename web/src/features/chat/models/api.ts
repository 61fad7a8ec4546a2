import { useQuery } from '@tanstack/react-query'
import { GenerationService } from '@/gen/parley/llm/v1/generation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { keys } from '../keys'

/** The model that answers. */
export function useDefaultModel() {
  const client = useClient(GenerationService)
  return useQuery({
    queryKey: keys.models,
    queryFn: async ({ signal }) => {
      const { models } = await client.listModels({ pageSize: 1 }, { signal })
      return models[0] ?? null
    },
    staleTime: 5 * 60_000,
  })
}
