'use client'

import type { SearchMessagesResponse_Hit } from '@/gen/parley/chat/v1/search_service_pb'
import { conversationOfMessage, idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import { ChatLink } from '../conversations/links'
import { useSearch } from './api'

/** What was found, each with the words it was found by. */
export function SearchResults({ query }: { readonly query: string }) {
  const { user } = useChat()
  const found = useSearch(user, query)
  const hits = (found.data?.pages ?? []).flatMap((page) => page.hits)
  return (
    <section aria-label="Search results" className="pt-4">
      <p role="status" className="px-3 pb-1 text-xs font-medium text-ink-3">
        {found.isPending && 'Searching…'}
        {found.isSuccess && (hits.length === 0 ? 'Nothing found' : 'Found in')}
      </p>
      {found.isError && (
        <ProblemNote problem={problemOf(found.error)}>
          <NoteAction onClick={() => void found.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      <ul>
        {hits.map((hit) => (
          <Hit key={hit.message} hit={hit} />
        ))}
      </ul>
      {found.hasNextPage && (
        <button
          type="button"
          onClick={() => void found.fetchNextPage()}
          className="mt-3 rounded-md px-3 py-1.5 text-sm text-ink-2 hover:text-ink"
        >
          {found.isFetchingNextPage ? 'Loading…' : 'Show more'}
        </button>
      )}
    </section>
  )
}

function Hit({ hit }: { readonly hit: SearchMessagesResponse_Hit }) {
  return (
    <li>
      <ChatLink
        to={idOf(conversationOfMessage(hit.message))}
        className="block rounded-lg px-3 py-2 text-sm text-ink-2 transition-colors hover:bg-line/60 hover:text-ink aria-[current]:bg-line/80"
      >
        <span className="block truncate font-medium text-ink">
          {hit.conversationTitle || 'Untitled'}
        </span>
        <span className="line-clamp-3">
          {hit.snippet.map(({ text, highlighted }, at) =>
            highlighted ? (
              <mark key={at} className="rounded-sm bg-accent-wash text-accent">
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </span>
      </ChatLink>
    </li>
  )
}
