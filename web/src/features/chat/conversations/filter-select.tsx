'use client'

import { ListConversationsRequest_View as View } from '@/gen/parley/chat/v1/conversation_service_pb'
import { useChat } from '../chat-context'
import { useConversations } from './api'
import { EVERYTHING, tagsOf } from './filter'
import type { Filter } from './filter'

const VIEWS = [
  { view: View.UNSPECIFIED, label: 'Conversations' },
  { view: View.ARCHIVED, label: 'Archived' },
  { view: View.DELETED, label: 'Deleted' },
]

/** Chooses what is listed: a view, or what has a tag that was seen. */
export function FilterSelect() {
  const { user, filter, list } = useChat()
  const everything = useConversations(user, EVERYTHING)
  const seen = (everything.data?.pages ?? []).flatMap((page) => page.conversations)
  const tags = tagsOf(seen)
  // The tag that is chosen may be of conversations that were not seen.
  const chosen = tags.find((tag) => tag.toLowerCase() === filter.tag.toLowerCase()) ?? filter.tag
  const offered = chosen && !tags.includes(chosen) ? [...tags, chosen] : tags
  return (
    <label className="mt-2 flex items-center gap-2 pl-3 text-sm text-ink-2">
      Show
      <select
        value={chosen ? `tag:${chosen}` : `view:${String(filter.view)}`}
        onChange={(event) => {
          list(chosenFilter(event.target.value))
        }}
        className="h-9 min-w-0 flex-1 rounded-md bg-sunken text-ink"
      >
        {VIEWS.map(({ view, label }) => (
          <option key={view} value={`view:${String(view)}`}>
            {label}
          </option>
        ))}
        {offered.length > 0 && (
          <optgroup label="Tags">
            {offered.map((tag) => (
              <option key={tag} value={`tag:${tag}`}>
                {tag}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  )
}

function chosenFilter(value: string): Filter {
  if (value.startsWith('tag:')) return { ...EVERYTHING, tag: value.slice('tag:'.length) }
  const chosen = VIEWS.find(({ view }) => value === `view:${String(view)}`)
  return chosen ? { ...EVERYTHING, view: chosen.view } : EVERYTHING
}
