import { describe, expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { ConversationSchema } from '@/gen/parley/chat/v1/conversation_service_pb'
import { FolderSchema } from '@/gen/parley/chat/v1/folder_service_pb'
import { EVERYTHING, inFolders, MAX_TAGS, tagsOf, withTag } from './filter'

describe('a filter', () => {
  const inOne = { ...EVERYTHING, folder: 'users/u/folders/one' }
  const one = create(FolderSchema, { name: 'users/u/folders/one' })

  it('lists everything once its folder is gone', () => {
    expect(inFolders(inOne, [one])).toBe(inOne)
    expect(inFolders(inOne, [])).toBe(EVERYTHING)
  })

  it('waits for the folders to be known', () => {
    expect(inFolders(inOne, undefined)).toBe(inOne)
  })
})

describe('tags', () => {
  it('are added without the space around them', () => {
    expect(withTag(['one'], '  two   words ')).toEqual(['one', 'two words'])
  })

  it('are there once, whatever their case', () => {
    expect(withTag(['Work'], 'work')).toEqual(['Work'])
  })

  it('are not added when there is nothing to add, or no room', () => {
    const full = Array.from({ length: MAX_TAGS }, (_, at) => String(at))
    expect(withTag(['one'], '  ')).toEqual(['one'])
    expect(withTag(full, 'another')).toEqual(full)
  })

  it('of several conversations are listed once, in order', () => {
    const conversations = [
      ['b', 'a'],
      ['A', 'c'],
    ].map((tags) => create(ConversationSchema, { tags }))
    expect(tagsOf(conversations)).toEqual(['a', 'b', 'c'])
  })
})
