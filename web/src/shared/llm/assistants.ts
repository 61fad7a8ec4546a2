import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { AssistantService } from '@/gen/parley/llm/v1/assistant_service_pb'
import type { Assistant, AssistantSchema } from '@/gen/parley/llm/v1/assistant_service_pb'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200
const KEY = ['assistants']

/** What an assistant is to be; with a `name`, which one. */
export type NewAssistant = Exclude<MessageInitShape<typeof AssistantSchema>, { $typeName: string }>

/** All assistants of the user; there may be 100. They are asked for only if they are `wanted`. */
export function useAssistants(user: string, wanted = true) {
  const client = useClient(AssistantService)
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listAssistants({ parent: user, pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ assistants }) => assistants)
    },
    enabled: wanted,
  })
}

interface Save {
  readonly assistant: NewAssistant
  readonly requestId: string
}

/** Makes an assistant, or makes one anew that there is; with the same `requestId` again, one. */
export function useSaveAssistant(user: string) {
  const client = useClient(AssistantService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ assistant, requestId }: Save): Promise<unknown> => {
      if (!assistant.name) return client.createAssistant({ parent: user, assistant, requestId })
      return client.updateAssistant({ assistant, updateMask: { paths: ['*'] }, requestId })
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Deletes an assistant. What it wrote stays. */
export function useDeleteAssistant() {
  const client = useClient(AssistantService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name }: Assistant) =>
      client.deleteAssistant({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
