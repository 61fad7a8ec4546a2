import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import type { Place } from './source/place'

const PAGE = 50
const KEY = ['documents']
// How often a list is looked at again in which something is being read.
const BUSY_MS = 2_000
const HITS = 20

/** The documents of a collection, or all of the user's own, the newest first, page by page. */
export function useDocuments(user: string, collection = '') {
  const client = useClient(DocumentService)
  return useInfiniteQuery({
    queryKey: [...KEY, 'list', collection],
    queryFn: ({ pageParam, signal }) =>
      client.listDocuments(
        { parent: user, collection, pageSize: PAGE, pageToken: pageParam },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ documents }) => documents.some(isBusy)) ? BUSY_MS : false,
  })
}

function isBusy({ state }: Document): boolean {
  return state === State.PROCESSING
}

/** One document, without its text. */
export function useDocument(name: string) {
  const client = useClient(DocumentService)
  return useQuery({
    queryKey: [...KEY, name],
    queryFn: async ({ signal }) =>
      (await client.getDocument({ name }, { signal })).document ?? null,
    staleTime: 60_000,
  })
}

/** A stretch of a document's text. */
export function useStretch(name: string, place: Place) {
  const client = useClient(DocumentService)
  return useQuery({
    queryKey: [...KEY, name, place],
    queryFn: ({ signal }) => {
      const at = 'page' in place ? { page: place.page } : { offset: BigInt(place.offset) }
      return client.readDocument({ name, ...at }, { signal })
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

/** Passages that fit a query, the best first. */
export function usePassages(user: string, query: string, collection: string) {
  const client = useClient(DocumentService)
  return useQuery({
    queryKey: ['passages', query, collection],
    queryFn: ({ signal }) => {
      const knowledge = collection ? { knowledge: { collections: [collection] } } : {}
      return client.searchDocuments(
        { parent: user, query, pageSize: HITS, ...knowledge },
        { signal },
      )
    },
    placeholderData: keepPreviousData,
  })
}

/** Lists documents anew. */
export async function reloadDocuments(queryClient: QueryClient): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: KEY })
  await queryClient.invalidateQueries({ queryKey: ['collections'] })
}

export type DocumentChange =
  | { readonly displayName: string }
  /** Empty for none. */
  | { readonly collection: string }

/** Changes what a document is called, or where it lies. */
export function useUpdateDocument(name: string) {
  const client = useClient(DocumentService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (change: DocumentChange) =>
      client.updateDocument({
        document: { name, ...change },
        updateMask: { paths: 'collection' in change ? ['collection'] : ['display_name'] },
        requestId: crypto.randomUUID(),
      }),
    onSettled: () => reloadDocuments(queryClient),
  })
}

/** Deletes a document: the file, its text and its vectors. */
export function useDeleteDocument() {
  const client = useClient(DocumentService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) =>
      client.deleteDocument({ name, allowMissing: true, requestId: crypto.randomUUID() }),
    onSettled: () => reloadDocuments(queryClient),
  })
}

/** Has a document read and indexed anew. */
export function useReindexDocument() {
  const client = useClient(DocumentService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => client.reindexDocument({ name, requestId: crypto.randomUUID() }),
    onSettled: () => reloadDocuments(queryClient),
  })
}
