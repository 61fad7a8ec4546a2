import { describe, expect, it } from 'vitest'
import { aboutKnowledge, EVERYWHERE, isNowhere, knowledgeOf, NOWHERE, toggledIn } from './choice'

describe('where to look', () => {
  it('is said in words', () => {
    expect(aboutKnowledge(NOWHERE)).toBe('None')
    expect(aboutKnowledge(EVERYWHERE)).toBe('All my documents')
    expect(aboutKnowledge({ ...NOWHERE, collections: ['a', 'b'], documents: ['c'] })).toBe(
      '2 collections, 1 document',
    )
  })

  it('is nowhere when nothing is chosen', () => {
    expect(isNowhere(knowledgeOf(undefined))).toBe(true)
    expect(isNowhere({ ...NOWHERE, documents: ['c'] })).toBe(false)
  })

  it('is everywhere whatever else is chosen', () => {
    expect(knowledgeOf({ all: true, collections: ['a'], documents: [] })).toEqual(EVERYWHERE)
  })

  it('takes no more than may be', () => {
    expect(toggledIn(['a', 'b'], 'c', 2)).toEqual(['a', 'b'])
    expect(toggledIn(['a', 'b'], 'a', 2)).toEqual(['b'])
    expect(toggledIn(['a'], 'c', 2)).toEqual(['a', 'c'])
  })
})
