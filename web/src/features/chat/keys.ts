import type { ListConversationsRequest_View as View } from '@/gen/parley/chat/v1/conversation_service_pb'

/** What the query cache knows things by. A shorter key stands for all that begin with it. */
export const keys = {
  conversations: ['conversations'],
  list: (view: View) => ['conversations', 'list', view],
  conversation: (name: string) => ['conversations', name],
  messages: (conversation: string) => ['messages', conversation],
  models: ['models'],
} as const
