'use client'

import { useState } from 'react'
import type { ReactNode } from 'react'
import Link from 'next/link'
import { Icon } from '@/shared/ui/icon'
import { Wordmark } from '@/shared/ui/mark'
import { useChat } from '../chat-context'
import { useFolders } from '../folders/api'
import { FolderFilter, FolderList } from '../folders/folder-list'
import { SearchResults } from '../search/search-results'
import { useSettled } from '@/shared/lib/use-settled'
import { ConversationList } from './conversation-list'
import { EVERYTHING, inFolders } from './filter'
import { FilterSelect } from './filter-select'
import { ChatLink } from './links'

const TYPING_MS = 250

/** All conversations, the way to a new one and to what was said, and the account. */
export function Sidebar({ account }: { readonly account: ReactNode }) {
  const { user, filter: wanted } = useChat()
  const { data: folders } = useFolders(user)
  const filter = inFolders(wanted, folders)
  const [query, setQuery] = useState('')
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
        <Link
          prefetch={false}
          href="/library"
          className="flex items-center gap-2.5 rounded-lg px-3 py-2.5 text-[0.9375rem] transition-colors hover:bg-line/60"
        >
          <Icon name="book" className="size-[1.125rem] text-ink-3" />
          Library
        </Link>
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
        {!settled && <FilterSelect />}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pt-2 pb-4">
        {settled ? (
          <SearchResults query={settled} />
        ) : (
          <>
            <FolderList />
            {filter.folder && <FolderFilter key={filter.folder} name={filter.folder} />}
            {filter.tag && <TagFilter tag={filter.tag} />}
            <ConversationList filter={filter} />
          </>
        )}
      </div>
      <div className="border-t border-line p-2">{account}</div>
    </nav>
  )
}

function TagFilter({ tag }: { readonly tag: string }) {
  const { list } = useChat()
  return (
    <div className="mt-3 flex items-center gap-1 rounded-lg bg-accent-wash pl-3 text-sm text-accent">
      <Icon name="tag" />
      <span className="min-w-0 flex-1 truncate">{tag}</span>
      <button
        type="button"
        aria-label="All tags"
        title="All tags"
        onClick={() => {
          list(EVERYTHING)
        }}
        className="inline-flex size-9 items-center justify-center rounded-lg hover:bg-line/60"
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
