import type { Filter } from './conversations/filter'

/** What the query cache knows things by. A shorter key stands for all that begin with it. */
export const keys = {
  conversations: ['conversations'],
  lists: ['conversations', 'list'],
  list: (filter: Filter) => ['conversations', 'list', filter],
  conversation: (name: string) => ['conversations', name],
  folders: ['folders'],
  messages: (conversation: string) => ['messages', conversation],
} as const
