'use client'

import { useState } from 'react'
import type { ReactNode } from 'react'
import { ListConversationsRequest_View as View } from '@/gen/parley/chat/v1/conversation_service_pb'
import { Icon } from '@/shared/ui/icon'
import { Wordmark } from '@/shared/ui/mark'
import { ConversationList } from './conversation-list'
import { ChatLink } from './links'
import { SearchResults } from '../search/search-results'
import { useSettled } from '../search/use-settled'

const TYPING_MS = 250
const VIEWS = [
  { view: View.UNSPECIFIED, label: 'Conversations' },
  { view: View.ARCHIVED, label: 'Archived' },
  { view: View.DELETED, label: 'Deleted' },
]

/** All conversations, the way to a new one and to what was said, and the account. */
export function Sidebar({ account }: { readonly account: ReactNode }) {
  const [query, setQuery] = useState('')
  const [view, setView] = useState(View.UNSPECIFIED)
  const settled = useSettled(query.trim(), TYPING_MS)
  return (
    <nav aria-label="Conversations" className="flex h-full flex-col">
      <div className="px-5 pt-4 pb-3">
        <ChatLink to={undefined} className="inline-block rounded-md">
          <Wordmark />
        </ChatLink>
      </div>
      <div className="px-2">
        <ChatLink
          to={undefined}
          className="flex items-center gap-2.5 rounded-lg px-3 py-2.5 text-[0.9375rem] font-medium transition-colors hover:bg-line/60"
        >
          <Icon name="edit" className="size-[1.125rem] text-accent" />
          New conversation
        </ChatLink>
        <label className="mt-1 flex items-center gap-2.5 rounded-lg border border-line px-3 text-ink-3 focus-within:border-accent">
          <Icon name="search" className="size-[1.125rem]" />
          <span className="sr-only">Search</span>
          <input
            type="search"
            value={query}
            maxLength={200}
            placeholder="Search"
            onChange={(event) => {
              setQuery(event.target.value)
            }}
            className="h-10 min-w-0 flex-1 bg-transparent text-[0.9375rem] text-ink outline-none placeholder:text-ink-3"
          />
        </label>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pt-2 pb-4">
        {settled ? <SearchResults query={settled} /> : <ConversationList view={view} />}
      </div>
      <div className="border-t border-line p-2">
        <label className="flex items-center gap-2 px-3 text-sm text-ink-2">
          Show
          <select
            value={view}
            onChange={(event) => {
              setView(VIEWS[event.target.selectedIndex]?.view ?? View.UNSPECIFIED)
            }}
            className="h-9 min-w-0 flex-1 rounded-md bg-sunken text-ink"
          >
            {VIEWS.map(({ view, label }) => (
              <option key={view} value={view}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {account}
      </div>
    </nav>
  )
}
