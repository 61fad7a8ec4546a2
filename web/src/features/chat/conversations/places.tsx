'use client'

import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { Icon } from '@/shared/ui/icon'
import { useChat } from '../chat-context'
import { useFolders } from '../folders/api'
import { EVERYTHING } from './filter'
import type { Filter } from './filter'

const WIDE = '(min-width: 48rem)'
const CHIP =
  'inline-flex h-7 max-w-48 items-center gap-1.5 rounded-full bg-sunken px-2.5 text-xs text-ink-2 transition-colors hover:bg-line hover:text-ink'

/** The folder and the tags of a conversation; each leads to what else is there. */
export function Places({ conversation }: { readonly conversation: Conversation }) {
  const { user, list, openDrawer } = useChat()
  const { folder, tags } = conversation
  const folders = useFolders(user)
  const name = folders.data?.find((other) => other.name === folder)?.displayName
  if (!name && tags.length === 0) return null

  const go = (filter: Filter) => {
    list(filter)
    if (!matchMedia(WIDE).matches) openDrawer()
  }
  return (
    <ul aria-label="Folder and tags" className="flex flex-wrap gap-1.5 px-4 pb-2 md:px-7">
      {name && (
        <li>
          <button
            type="button"
            className={CHIP}
            onClick={() => {
              go({ ...EVERYTHING, folder })
            }}
          >
            <Icon name="folder" className="size-3.5" />
            <span className="truncate">{name}</span>
          </button>
        </li>
      )}
      {tags.map((tag) => (
        <li key={tag}>
          <button
            type="button"
            className={CHIP}
            onClick={() => {
              go({ ...EVERYTHING, tag })
            }}
          >
            <Icon name="tag" className="size-3.5" />
            <span className="truncate">{tag}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
