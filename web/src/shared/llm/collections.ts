import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CollectionService } from '@/gen/parley/llm/v1/collection_service_pb'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'
import { reloadDocuments } from './documents'

const PAGE = 200
const KEY = ['collections']

/** All collections of the user, then those shared with them. */
export function useCollections(user: string) {
  const client = useClient(CollectionService)
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listCollections({ parent: user, pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ collections }) => collections)
    },
  })
}

interface NewCollection {
  readonly displayName: string
  readonly requestId: string
}

/** Creates a collection. Called again with the same `requestId`, it creates no other. */
export function useCreateCollection(user: string) {
  const client = useClient(CollectionService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ displayName, requestId }: NewCollection) =>
      client.createCollection({ parent: user, collection: { displayName }, requestId }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

export type CollectionChange = Partial<Pick<Collection, 'displayName' | 'readers'>>

/** Changes what a collection is called, or who may read it. */
export function useUpdateCollection(name: string) {
  const client = useClient(CollectionService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (change: CollectionChange) =>
      client.updateCollection({
        collection: { name, ...change },
        updateMask: { paths: change.readers ? ['readers'] : ['display_name'] },
        requestId: crypto.randomUUID(),
      }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Deletes a collection, with the documents in it. */
export function useDeleteCollection() {
  const client = useClient(CollectionService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name }: Collection) =>
      client.deleteCollection({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: KEY })
      await reloadDocuments(queryClient)
    },
  })
}
