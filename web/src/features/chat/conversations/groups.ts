import { timestampMs } from '@bufbuild/protobuf/wkt'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'

export interface Group {
  readonly label: string
  readonly conversations: readonly Conversation[]
}

const DAY_MS = 86_400_000

/** Groups conversations, the latest used first: those that are pinned, then by age. */
export function groupByAge(conversations: readonly Conversation[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groups: { label: string; conversations: Conversation[] }[] = []
  for (const conversation of conversations) {
    const label = ageOf(conversation, midnight)
    const last = groups.at(-1)
    if (last?.label === label) last.conversations.push(conversation)
    else groups.push({ label, conversations: [conversation] })
  }
  return groups
}

function ageOf({ pinned, updateTime }: Conversation, midnight: number): string {
  if (pinned) return 'Pinned'
  const used = updateTime ? timestampMs(updateTime) : 0
  if (used >= midnight) return 'Today'
  if (used >= midnight - DAY_MS) return 'Yesterday'
  if (used >= midnight - 7 * DAY_MS) return 'This week'
  if (used >= midnight - 30 * DAY_MS) return 'This month'
  return 'Earlier'
}
