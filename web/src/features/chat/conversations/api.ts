import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import type {
  Conversation,
  ConversationSchema,
  ListConversationsResponse,
} from '@/gen/parley/chat/v1/conversation_service_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { keys } from '../keys'
import type { Filter } from './filter'

type Pages = InfiniteData<ListConversationsResponse, string>

/** The user's conversations that a filter lets through, the latest used first, page by page. */
export function useConversations(user: string, filter: Filter) {
  const client = useClient(ConversationService)
  return useInfiniteQuery({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      client.listConversations({ parent: user, ...filter, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** One conversation, without its messages. */
export function useConversation(name: string) {
  const client = useClient(ConversationService)
  return useQuery({
    queryKey: keys.conversation(name),
    queryFn: async ({ signal }) => {
      const { conversation } = await client.getConversation({ name }, { signal })
      return conversation ?? null
    },
  })
}

/** Shows the branch that ends with a message, until the conversation is asked for anew. */
export async function showBranch(queryClient: QueryClient, conversation: string, message: string) {
  const queryKey = keys.conversation(conversation)
  // An answer that is under way may be about the branch before.
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData<Conversation | null>(
    queryKey,
    (known) => known && { ...known, currentMessage: message },
  )
}

/** Lists the conversations anew: one has been used. */
export function reloadConversations(queryClient: QueryClient) {
  return queryClient.invalidateQueries({ queryKey: keys.conversations })
}

export interface Beginning {
  readonly requestId: string
  readonly temporary: boolean
}

/** Creates a conversation. Called again with the same `requestId`, it creates no other. */
export function useCreateConversation(user: string) {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ requestId, temporary }: Beginning) => {
      const request = { parent: user, conversation: { temporary }, requestId }
      const { conversation } = await client.createConversation(request)
      if (!conversation) throw new Error('no conversation came')
      return conversation
    },
    onSuccess: (conversation) => {
      queryClient.setQueryData<Message[]>(keys.messages(conversation.name), [])
      queryClient.setQueryData<Conversation>(keys.conversation(conversation.name), conversation)
    },
  })
}

/** Deletes a conversation with its messages. It can be had back for a while. */
export function useDeleteConversation() {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name }: Conversation) => client.deleteConversation({ name, allowMissing: true }),
    onSuccess: (_, { name }) => {
      queryClient.setQueriesData<Pages>(
        { queryKey: keys.lists },
        (known) => known && without(known, name),
      )
      queryClient.removeQueries({ queryKey: keys.messages(name) })
      queryClient.removeQueries({ queryKey: keys.conversation(name) })
      return reloadConversations(queryClient)
    },
  })
}

function without(known: Pages, name: string): Pages {
  const pages = known.pages.map((page) => ({
    ...page,
    conversations: page.conversations.filter((conversation) => conversation.name !== name),
  }))
  return { ...known, pages }
}

type Change = Pick<
  Exclude<MessageInitShape<typeof ConversationSchema>, { $typeName: string }>,
  'title' | 'pinned' | 'archived' | 'folder' | 'tags'
>

/** Changes a conversation: exactly the fields that are given, one change after the other. */
export function useUpdateConversation(name: string) {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    scope: { id: `change ${name}` },
    mutationFn: (change: Change) =>
      client.updateConversation({
        conversation: { name, ...change },
        updateMask: { paths: Object.keys(change) },
        requestId: crypto.randomUUID(),
      }),
    onSettled: () => reloadConversations(queryClient),
  })
}

/** Brings a deleted conversation back. */
export function useUndeleteConversation() {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (name: string) =>
      client.undeleteConversation({ name, requestId: crypto.randomUUID() }),
    onSettled: () => reloadConversations(queryClient),
  })
}
