import { SharedConversation } from '@/features/chat/shares/shared-conversation'

/** A snapshot of a conversation, by a link: `/shared#{token}`. */
export default function SharedPage() {
  return <SharedConversation />
}
