import { useQuery } from '@tanstack/react-query'
import { GenerationService } from '@/gen/parley/llm/v1/generation_service_pb'
import type { Model } from '@/gen/parley/llm/v1/generation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { keys } from '../keys'

const PAGE = 200

/** The models that can be asked, the default first. */
export function useModels() {
  const client = useClient(GenerationService)
  return useQuery({
    queryKey: keys.models,
    queryFn: async ({ signal }) => {
      const models: Model[] = []
      let pageToken = ''
      do {
        const page = await client.listModels({ pageSize: PAGE, pageToken }, { signal })
        models.push(...page.models)
        pageToken = page.nextPageToken
      } while (pageToken)
      return models
    },
    staleTime: 5 * 60_000,
  })
}
