import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { CitationSchema } from '@/gen/parley/llm/v1/generation_pb'
import { beside, marked, sourceAt, sourceOf, sourcePath } from './place'

const DOCUMENT = 'users/u/documents/d'

describe('the place of a citation', () => {
  it('is where its span begins', () => {
    const citation = create(CitationSchema, {
      document: DOCUMENT,
      displayName: 'a.pdf',
      page: 7,
      startOffset: 120n,
      endOffset: 140n,
    })

    expect(sourceOf(citation)).toEqual({
      document: DOCUMENT,
      displayName: 'a.pdf',
      place: { offset: 120 },
      span: { start: 120, end: 140 },
    })
  })

  it('is its page where there is no span', () => {
    expect(sourceOf(create(CitationSchema, { page: 7 })).place).toEqual({ page: 7 })
  })

  it.each([
    { place: { page: 7 } },
    { place: { offset: 99 } },
    { place: { offset: 120 }, span: { start: 120, end: 140 } },
  ])('is found again by its address: %j', (at) => {
    const path = sourcePath({ document: DOCUMENT, ...at })

    expect(sourceAt(new URLSearchParams(path.split('?')[1]))).toEqual({
      document: DOCUMENT,
      displayName: '',
      ...at,
    })
  })

  it('is the beginning when an address holds nonsense', () => {
    const query = new URLSearchParams({ name: DOCUMENT, page: '-3', start: 'x', end: 'NaN' })
    expect(sourceAt(query)?.place).toEqual({ offset: 0 })
    expect(sourceAt(new URLSearchParams())).toBeUndefined()
  })
})

describe('a span', () => {
  const stretch = { page: 2, text: 'One 🦡 two three', start: 100 }

  it('is marked where it is, counted in characters', () => {
    expect(marked(stretch, { start: 104, end: 109 })).toEqual({
      before: 'One ',
      inside: '🦡 two',
      after: ' three',
    })
  })

  it('is marked as far as it is on the page', () => {
    expect(marked(stretch, { start: 110, end: 900 }).inside).toBe('three')
    expect(marked(stretch, { start: 10, end: 103 }).inside).toBe('One')
  })

  it('marks nothing when there is none, or it is elsewhere', () => {
    expect(marked(stretch, undefined)).toEqual({ before: stretch.text, inside: '', after: '' })
    expect(marked(stretch, { start: 900, end: 910 }).inside).toBe('')
  })
})

describe('the pages beside one', () => {
  const document = { pageCount: 3, characterCount: 50n }

  it('are the one before and the one after', () => {
    expect(beside({ page: 2, text: 'x', start: 9 }, document)).toEqual({
      previous: { page: 1 },
      next: { page: 3 },
    })
    expect(beside({ page: 1, text: 'x', start: 0 }, document)).toEqual({ next: { page: 2 } })
    expect(beside({ page: 3, text: 'x', start: 49 }, document)).toEqual({ previous: { page: 2 } })
  })

  it('are found by characters where there are no pages', () => {
    const unpaged = { pageCount: 0, characterCount: 50n }
    expect(beside({ page: 0, text: 'x'.repeat(20), start: 20 }, unpaged)).toEqual({
      previous: { offset: 19 },
      next: { offset: 40 },
    })
    expect(beside({ page: 0, text: 'x'.repeat(50), start: 0 }, unpaged)).toEqual({})
  })
})
