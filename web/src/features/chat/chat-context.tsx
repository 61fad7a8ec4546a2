'use client'

import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { createContext, use, useState } from 'react'
import type { Filter } from './conversations/filter'
import type { Source } from '@/shared/llm/source/place'
import type { Uploads } from '@/shared/llm/uploads/uploads'
import type { Choice } from './models/choice'
import { setupFor } from './setup/setup'
import type { Setup } from './setup/setup'

interface ChatContextValue {
  readonly user: string
  /** The conversation that is open; none while a new one is about to begin. */
  readonly openId: string | undefined
  /** Goes to a conversation, or to the beginning of a new one. */
  readonly open: (id: string | undefined) => void
  readonly openDrawer: () => void
  /** What the sidebar lists. */
  readonly filter: Filter
  /** Has the sidebar list something else. */
  readonly list: (filter: Filter) => void
  /** Which models the next message asks. */
  readonly choice: Choice
  readonly choose: (choice: Choice) => void
  /** Says that a conversation is deleted, and how to have it back. */
  readonly offerUndo: (deleted: Conversation) => void
  /** What has been typed and not sent, by conversation. */
  readonly drafts: Map<string, string>
  /** How replies are to come about, where that was chosen here, by conversation. */
  readonly setups: Map<string, Setup>
  /** The files that go with what is being typed, by conversation. */
  readonly uploads: Uploads
  /** Shows what a reply rests on. */
  readonly showSource: (source: Source) => void
}

const ChatContext = createContext<ChatContextValue | undefined>(undefined)

export const ChatProvider = ChatContext

export function useChat(): ChatContextValue {
  const chat = use(ChatContext)
  if (!chat) throw new Error('useChat is for use inside ChatProvider')
  return chat
}

/** The text in a conversation's composer, which is still there on coming back. */
export function useDraft(conversation: string) {
  const { drafts } = useChat()
  const [draft, setDraft] = useState(() => drafts.get(conversation) ?? '')
  const keep = (text: string) => {
    setDraft(text)
    drafts.set(conversation, text)
  }
  return [draft, keep] as const
}

/** How the next replies of a conversation are to come about, and how to have that otherwise. */
export function useSetup(conversation: string, last: Parameters<typeof setupFor>[1], usual: Setup) {
  const { setups } = useChat()
  const [chosen, setChosen] = useState(() => setups.get(conversation))
  const choose = (setup: Setup) => {
    setChosen(setup)
    setups.set(conversation, setup)
  }
  return [setupFor(chosen, last, usual), choose] as const
}
