import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import type { ConversationSchema } from '@/gen/parley/chat/v1/conversation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { reloadConversations } from './api'

type Change = Pick<
  Exclude<MessageInitShape<typeof ConversationSchema>, { $typeName: string }>,
  'title' | 'pinned' | 'archived'
>

/** Changes a conversation: exactly the fields that are given. */
export function useUpdateConversation(name: string) {
  const client = useClient(ConversationService)
  const queryClient = useQueryClient()
  return useMutation({
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
