'use client'

import { ListConversationsRequest_View as View } from '@/gen/parley/chat/v1/conversation_service_pb'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useConversations } from './api'
import { useChat } from '../chat-context'
import { useUndeleteConversation } from './api'
import type { Filter } from './filter'
import { groupByAge } from './groups'
import { ChatLink } from './links'
import { isLive } from '../replies/reply'
import { useReplies } from '../replies/use-reply'

function empty({ view, folder, tag }: Filter): string {
  if (folder) return 'Nothing is in this folder.'
  return tag ? 'Nothing has this tag.' : EMPTY[view]
}

const EMPTY: Record<View, string> = {
  [View.UNSPECIFIED]: 'What you talk about will be listed here.',
  [View.PINNED]: 'Nothing is pinned.',
  [View.ARCHIVED]: 'Nothing is in the archive.',
  [View.DELETED]: 'Nothing has been deleted.',
}

/** The conversations that a filter lets through, by age. */
export function ConversationList({ filter }: { readonly filter: Filter }) {
  const { user } = useChat()
  const { view } = filter
  const query = useConversations(user, filter)
  if (query.isPending) return <Skeleton />
  const conversations = (query.data?.pages ?? []).flatMap((page) => page.conversations)
  return (
    <>
      {query.isError && (
        <ProblemNote problem={problemOf(query.error)}>
          <NoteAction onClick={() => void query.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      {query.isSuccess && conversations.length === 0 && (
        <p className="px-3 py-2 text-sm text-ink-3 text-pretty">{empty(filter)}</p>
      )}
      {groupByAge(conversations, new Date()).map((group) => (
        <section key={group.label} aria-label={group.label} className="pt-4">
          <h2 className="px-3 pb-1 text-xs font-medium text-ink-3">{group.label}</h2>
          <ul>
            {group.conversations.map((conversation) =>
              view === View.DELETED ? (
                <DeletedItem key={conversation.name} conversation={conversation} />
              ) : (
                <Item key={conversation.name} conversation={conversation} />
              ),
            )}
          </ul>
        </section>
      ))}
      {query.hasNextPage && (
        <button
          type="button"
          onClick={() => void query.fetchNextPage()}
          className="mt-3 rounded-md px-3 py-1.5 text-sm text-ink-2 hover:text-ink"
        >
          {query.isFetchingNextPage ? 'Loading…' : 'Show older'}
        </button>
      )}
    </>
  )
}

function Item({ conversation }: { readonly conversation: Conversation }) {
  const writing = useReplies(conversation.name).some(isLive)
  return (
    <li>
      <ChatLink
        to={idOf(conversation.name)}
        className="flex items-center gap-2 rounded-lg px-3 py-2 text-sm text-ink-2 transition-colors hover:bg-line/60 hover:text-ink aria-[current]:bg-line/80 aria-[current]:text-ink"
      >
        <span className="min-w-0 flex-1 truncate">{conversation.title || 'Untitled'}</span>
        {writing && (
          <span className="size-1.5 animate-breathe rounded-full bg-accent">
            <span className="sr-only">A reply is being written</span>
          </span>
        )}
      </ChatLink>
    </li>
  )
}

function DeletedItem({ conversation }: { readonly conversation: Conversation }) {
  const undelete = useUndeleteConversation()
  const title = conversation.title || 'Untitled'
  return (
    <li className="flex items-center gap-2 py-1 pr-1 pl-3 text-sm text-ink-2">
      <span className="min-w-0 flex-1 truncate">{title}</span>
      <button
        type="button"
        aria-label={`Restore ${title}`}
        onClick={() => {
          undelete.mutate(conversation.name)
        }}
        className="rounded-md px-2 py-1 text-accent hover:bg-line/60"
      >
        Restore
      </button>
    </li>
  )
}

function Skeleton() {
  return (
    <div aria-hidden="true" className="animate-[arrive_300ms_300ms_both] space-y-4 px-3 pt-8">
      <div className="h-3 w-3/4 rounded bg-line" />
      <div className="h-3 w-1/2 rounded bg-line" />
      <div className="h-3 w-2/3 rounded bg-line" />
    </div>
  )
}
