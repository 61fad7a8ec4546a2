import { useQuery } from '@tanstack/react-query'
import { GenerationService } from '@/gen/parley/llm/v1/generation_service_pb'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200

/** The models that can be asked, the default first. */
export function useModels() {
  const client = useClient(GenerationService)
  return useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listModels({ pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ models }) => models)
    },
    staleTime: 5 * 60_000,
  })
}

/** Returns the name of a model as requests use it. */
export function modelId(name: string): string {
  return name.replace(/^models\//, '')
}
