import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message, RatingSchema } from '@/gen/parley/chat/v1/message_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { reloadConversations, showBranch } from '../conversations/api'
import { keys } from '../keys'
import { newer, upsert } from './thread'

const PAGE = 200

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

/** Lists a conversation's messages anew. */
export function reload(queryClient: QueryClient, conversation: string) {
  return queryClient.invalidateQueries({ queryKey: keys.messages(conversation) })
}

/** What a user thinks of a reply, to be said. */
export type NewRating = Exclude<MessageInitShape<typeof RatingSchema>, { $typeName: string }>

interface Rated {
  readonly name: string
  readonly rating: NewRating
}

/** Says what the user thinks of a reply. */
export function useRate(conversation: string) {
  const client = useClient(MessageService)
  const queryClient = useQueryClient()
  return useMutation({
    // One after the other, or a mere thumb could arrive after the reasons for it.
    scope: { id: `rating ${conversation}` },
    mutationFn: ({ name, rating }: Rated) =>
      client.rateMessage({ name, rating, requestId: crypto.randomUUID() }),
    onSuccess: ({ message }) => {
      if (message) store(queryClient, conversation, message)
    },
    onError: () => reload(queryClient, conversation),
  })
}

/** Shows another branch, here and on the user's other devices. */
export function useSwitchBranch(conversation: string) {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ name: currentMessage }: Message) => {
      await showBranch(queryClient, conversation, currentMessage)
      await client.updateConversation({
        conversation: { name: conversation, currentMessage },
        updateMask: { paths: ['current_message'] },
        requestId: crypto.randomUUID(),
      })
    },
    onSettled: () => reloadConversations(queryClient),
  })
}

/** Ends replies that wait before they begin. */
export function useCancelReplies(conversation: string) {
  const client = useClient(MessageService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (waiting: readonly Message[]) =>
      Promise.all(
        waiting.map(({ name }) => client.stopReply({ name, requestId: crypto.randomUUID() })),
      ),
    onSuccess: (stopped) => {
      store(queryClient, conversation, ...stopped.flatMap(({ reply }) => reply ?? []))
    },
    onError: () => reload(queryClient, conversation),
  })
}
