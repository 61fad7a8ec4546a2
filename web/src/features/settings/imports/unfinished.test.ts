import { beforeEach, describe, expect, it } from 'vitest'
import { UnfinishedImports } from './unfinished'
import type { Unfinished } from './unfinished'
import { memoryStorage } from './testing'

const HOUR = 60 * 60_000
const NOW = 100 * HOUR
const FILE = { name: 'a.zip', size: 10, lastModified: 1 }
const ENTRY: Unfinished = { job: 'j', file: FILE, uploadedBytes: 5, beginMs: NOW - HOUR }

describe('unfinished imports', () => {
  let storage = memoryStorage()
  beforeEach(() => {
    storage = memoryStorage()
  })
  const imports = (user = 'users/u') => new UnfinishedImports(user, storage)

  it('are remembered for their user, the latest first', () => {
    imports().remember({ ...ENTRY, job: 'i' })
    imports().remember(ENTRY)
    imports().remember({ ...ENTRY, uploadedBytes: 6 })

    expect(imports().list(NOW)).toEqual([
      { ...ENTRY, uploadedBytes: 6 },
      { ...ENTRY, job: 'i' },
    ])
    expect(imports('users/v').list(NOW)).toEqual([])
  })

  it('leave nothing behind when they are forgotten', () => {
    imports().remember(ENTRY)
    imports().forget('j')
    expect(storage.length).toBe(0)
  })

  it('are found by a file that is the same', () => {
    imports().remember(ENTRY)
    expect(imports().find({ ...FILE }, NOW)?.job).toBe('j')
    expect(imports().find({ ...FILE, lastModified: 2 }, NOW)).toBeUndefined()
    expect(imports().find({ ...FILE, size: 11 }, NOW)).toBeUndefined()
  })

  it('are gone after a day, as they are at Parley', () => {
    imports().remember(ENTRY)
    expect(imports().list(NOW + 22 * HOUR)).toHaveLength(1)
    expect(imports().list(NOW + 23 * HOUR)).toEqual([])
  })

  it.each(['not JSON', 'null', '{}', '[1, null, {"job": "j"}]'])('survive %j', (stored) => {
    storage.setItem('parley.imports:users/u', stored)
    expect(imports().list(NOW)).toEqual([])
  })
})
