import { ListConversationsRequest_View as View } from '@/gen/parley/chat/v1/conversation_service_pb'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import type { Folder } from '@/gen/parley/chat/v1/folder_service_pb'

/** Which conversations are listed: those of a view, of a folder, or with a tag. */
export interface Filter {
  readonly view: View
  /** The name of a folder, or nothing. */
  readonly folder: string
  readonly tag: string
}

export const EVERYTHING: Filter = { view: View.UNSPECIFIED, folder: '', tag: '' }

/** Lists everything instead of a folder that is deleted, perhaps elsewhere. */
export function inFolders(filter: Filter, folders: readonly Folder[] | undefined): Filter {
  const gone = filter.folder && folders && !folders.some(({ name }) => name === filter.folder)
  return gone ? EVERYTHING : filter
}

/** The most tags that a conversation may have, and the most characters of one. */
export const MAX_TAGS = 20
export const MAX_TAG = 50

/** Adds a tag, if it is one and is not there in this or another case. */
export function withTag(tags: readonly string[], text: string): readonly string[] {
  const tag = text.trim().replace(/\s+/g, ' ')
  const known = tags.some((other) => same(other, tag))
  return tag && !known && tags.length < MAX_TAGS ? [...tags, tag] : tags
}

/** Returns the tags of conversations, each once, in the order of the alphabet. */
export function tagsOf(conversations: readonly Conversation[]): readonly string[] {
  return conversations
    .flatMap(({ tags }) => tags)
    .reduce<readonly string[]>(
      (known, tag) => (known.some((other) => same(other, tag)) ? known : [...known, tag]),
      [],
    )
    .toSorted((one, other) => one.localeCompare(other))
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
