import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message, Rating_Score } from '@/gen/parley/chat/v1/message_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { reload, reloadConversations, showBranch, store } from './api'

/** Says what the user thinks of a reply. */
export function useRate(conversation: string) {
  const client = useClient(MessageService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name, score }: { readonly name: string; readonly score: Rating_Score }) =>
      client.rateMessage({ name, rating: { score }, requestId: crypto.randomUUID() }),
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
