'use client'

import { useState } from 'react'
import type { ReactNode } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { newQueryClient } from '@/shared/rpc/query-client'
import { conversationName } from '@/shared/lib/names'
import { SourceDialog } from '@/shared/llm/source/source-dialog'
import type { Source } from '@/shared/llm/source/place'
import { useNewUploads } from '@/shared/llm/uploads/use-uploads'
import { ChatProvider } from './chat-context'
import type { Setup } from './setup/setup'
import type { Choice } from './models/choice'
import { ConversationView } from './messages/conversation-view'
import { Drawer } from './conversations/drawer'
import { chatPath } from './conversations/links'
import { NewConversation } from './composer/new-conversation'
import { EVERYTHING } from './conversations/filter'
import { Sidebar } from './conversations/sidebar'
import { UndoNotice } from './conversations/undo-notice'
import { ReplyStreamsProvider, useNewReplyStreams } from './replies/use-reply'
import { useSync } from './sync/use-sync'

interface ChatProps {
  readonly user: string
  readonly conversationId: string | undefined
  /** What the sidebar shows of the user's account. */
  readonly account: ReactNode
}

/** One user's conversations. */
export function Chat(props: ChatProps) {
  const [queryClient] = useState(() => newQueryClient(10_000))
  return (
    <QueryClientProvider client={queryClient}>
      <Layout {...props} />
    </QueryClientProvider>
  )
}

function Layout({ user, conversationId, account }: ChatProps) {
  const streams = useNewReplyStreams()
  const [deleted, offerUndo] = useState<Conversation>()
  const [drawer, setDrawer] = useState(false)
  const [drafts] = useState(() => new Map<string, string>())
  const [beginnings, setBeginnings] = useState(0)
  const [filter, list] = useState(EVERYTHING)
  const [choice, choose] = useState<Choice>([])
  const [setups] = useState(() => new Map<string, Setup>())
  const uploads = useNewUploads(user)
  const [source, showSource] = useState<Source>()

  useSync(user)

  const open = (id: string | undefined) => {
    setDrawer(false)
    setBeginnings(beginnings + 1)
    // Not by the router: the page is the same, so nothing is to be fetched.
    if (id !== conversationId) history.pushState(null, '', chatPath(id))
  }
  const chat = {
    user,
    openId: conversationId,
    open,
    openDrawer: () => {
      setDrawer(true)
    },
    filter,
    list,
    choice,
    choose,
    offerUndo,
    drafts,
    setups,
    uploads,
    showSource,
  }
  return (
    <ChatProvider value={chat}>
      <ReplyStreamsProvider value={streams}>
        <div className="flex h-page">
          <div className="hidden w-[17.5rem] shrink-0 border-r border-line bg-sunken md:block">
            <Sidebar account={account} />
          </div>
          {drawer && (
            <Drawer
              onClose={() => {
                setDrawer(false)
              }}
            >
              <Sidebar account={account} />
            </Drawer>
          )}
          {conversationId ? (
            <ConversationView
              key={conversationId}
              conversation={conversationName(user, conversationId)}
            />
          ) : (
            <NewConversation key={beginnings} />
          )}
          {source && (
            <SourceDialog
              source={source}
              onClose={() => {
                showSource(undefined)
              }}
            />
          )}
          {deleted && (
            <UndoNotice
              key={deleted.name}
              conversation={deleted}
              onClose={() => {
                offerUndo(undefined)
              }}
            />
          )}
        </div>
      </ReplyStreamsProvider>
    </ChatProvider>
  )
}
