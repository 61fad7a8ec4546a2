import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { Client } from '@connectrpc/connect'
import {
  ListConversationsRequest_View as View,
  ConversationService,
} from '@/gen/parley/chat/v1/conversation_service_pb'
import type {
  Conversation,
  ListConversationsResponse,
} from '@/gen/parley/chat/v1/conversation_service_pb'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { GenerationService } from '@/gen/parley/llm/v1/generation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { newer, upsert } from './thread'

const PAGE = 200

const keys = {
  conversations: ['conversations'],
  list: (view: View) => ['conversations', 'list', view],
  messages: (conversation: string) => ['messages', conversation],
  model: ['model'],
} as const

type Pages = InfiniteData<ListConversationsResponse, string>

/** A view of the user's conversations, the latest used first, page by page. */
export function useConversations(user: string, view: View) {
  const client = useClient(ConversationService)
  return useInfiniteQuery({
    queryKey: keys.list(view),
    queryFn: ({ pageParam, signal }) =>
      client.listConversations({ parent: user, view, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** One conversation, without its messages. */
export function useConversation(name: string) {
  const client = useClient(ConversationService)
  return useQuery({
    queryKey: [...keys.conversations, name],
    queryFn: async ({ signal }) => {
      const { conversation } = await client.getConversation({ name }, { signal })
      return conversation ?? null
    },
  })
}

/** All messages of a conversation, oldest first. */
export function useMessages(conversation: string) {
  const client = useClient(MessageService)
  const queryClient = useQueryClient()
  return useQuery({
    queryKey: keys.messages(conversation),
    queryFn: async ({ signal }) => {
      const messages = await listMessages(client, conversation, signal)
      // What a stream has told meanwhile may be newer than the list.
      const known = queryClient.getQueryData<Message[]>(keys.messages(conversation)) ?? []
      const byName = new Map(known.map((message) => [message.name, message]))
      return messages.map((message) => newer(message, byName.get(message.name) ?? message))
    },
  })
}

async function listMessages(
  client: Client<typeof MessageService>,
  parent: string,
  signal: AbortSignal,
): Promise<Message[]> {
  const messages: Message[] = []
  let pageToken = ''
  do {
    const page = await client.listMessages({ parent, pageSize: PAGE, pageToken }, { signal })
    messages.push(...page.messages)
    pageToken = page.nextPageToken
  } while (pageToken)
  return messages
}

/** Puts messages that are known by other ways into the list of their conversation. */
export function store(queryClient: QueryClient, conversation: string, ...messages: Message[]) {
  queryClient.setQueryData<Message[]>(
    keys.messages(conversation),
    (known) => known && upsert(known, ...messages),
  )
}

/** The messages of a conversation that are listed by now. */
export function messagesKnown(queryClient: QueryClient, conversation: string): readonly Message[] {
  return queryClient.getQueryData<Message[]>(keys.messages(conversation)) ?? []
}

/** Shows the branch that ends with a message, until the conversation is asked for anew. */
export async function showBranch(queryClient: QueryClient, conversation: string, message: string) {
  const queryKey = [...keys.conversations, conversation]
  // An answer that is under way may be about the branch before.
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData<Conversation | null>(
    queryKey,
    (known) => known && { ...known, currentMessage: message },
  )
}

/** Lists a conversation's messages anew. */
export function reload(queryClient: QueryClient, conversation: string) {
  return queryClient.invalidateQueries({ queryKey: keys.messages(conversation) })
}

/** Lists the conversations anew: one has been used. */
export function reloadConversations(queryClient: QueryClient) {
  return queryClient.invalidateQueries({ queryKey: keys.conversations })
}

/** Creates a conversation. Called again with the same `requestId`, it creates no other. */
export function useCreateConversation(user: string) {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (requestId: string) => {
      const { conversation } = await client.createConversation({ parent: user, requestId })
      if (!conversation) throw new Error('no conversation came')
      return conversation
    },
    onSuccess: (conversation) => {
      queryClient.setQueryData<Message[]>(keys.messages(conversation.name), [])
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
      queryClient.setQueryData<Pages>(
        keys.list(View.UNSPECIFIED),
        (known) => known && without(known, name),
      )
      queryClient.removeQueries({ queryKey: keys.messages(name) })
      queryClient.removeQueries({ queryKey: [...keys.conversations, name] })
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

/** The model that answers. */
export function useDefaultModel() {
  const client = useClient(GenerationService)
  return useQuery({
    queryKey: keys.model,
    queryFn: async ({ signal }) => {
      const { models } = await client.listModels({ pageSize: 1 }, { signal })
      return models[0] ?? null
    },
    staleTime: 5 * 60_000,
  })
}
