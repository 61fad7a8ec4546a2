import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { MemoryService } from '@/gen/parley/llm/v1/memory_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 20
const KEY = ['memories']

/** What models are told about the user, the newest first, page by page. */
export function useMemories(user: string) {
  const client = useClient(MemoryService)
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam, signal }) =>
      client.listMemories({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

interface NewMemory {
  /** Empty for one that is new. */
  readonly name: string
  readonly text: string
  readonly requestId: string
}

/** Adds a memory, or changes one; with the same `requestId` again, once. */
export function useSaveMemory(user: string) {
  const client = useClient(MemoryService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ name, text, requestId }: NewMemory): Promise<unknown> => {
      if (!name) return client.createMemory({ parent: user, memory: { text }, requestId })
      const updateMask = { paths: ['text'] }
      return client.updateMemory({ memory: { name, text }, updateMask, requestId })
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Deletes a memory: no model is told it any more. */
export function useDeleteMemory() {
  const client = useClient(MemoryService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) =>
      client.deleteMemory({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}
