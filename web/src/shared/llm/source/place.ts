import type { Citation } from '@/gen/parley/llm/v1/generation_pb'

/** Where to open a document: at a page, or at a character of its text. */
export type Place = { readonly page: number } | { readonly offset: number }

/** A stretch of a document's text, in characters from the document's first. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A document, where to open it, and what of it to mark. */
export interface Source {
  /** Format: users/{user}/documents/{document} */
  readonly document: string
  readonly displayName: string
  readonly place: Place
  readonly span?: Span
}

/** A stretch of text, as it was read. */
export interface Stretch {
  /** From 1; 0 in a document without pages. */
  readonly page: number
  readonly text: string
  /** Where it begins in the document's text, in characters. */
  readonly start: number
}

/** Returns the place that a citation names. */
export function sourceOf(citation: Citation): Source {
  const { document, displayName, page } = citation
  const span = { start: Number(citation.startOffset), end: Number(citation.endOffset) }
  if (span.end > span.start) return { document, displayName, place: { offset: span.start }, span }
  return { document, displayName, place: page > 0 ? { page } : { offset: 0 } }
}

/** Returns the address of a place in a document. */
export function sourcePath({ document, place, span }: Omit<Source, 'displayName'>): string {
  const query = new URLSearchParams({ name: document })
  if ('page' in place) query.set('page', String(place.page))
  else if (!span) query.set('offset', String(place.offset))
  if (span) {
    query.set('start', String(span.start))
    query.set('end', String(span.end))
  }
  return `/document?${query.toString()}`
}

/** Returns the place that an address names, if it names one. */
export function sourceAt(query: Pick<URLSearchParams, 'get'>): Source | undefined {
  const document = query.get('name')
  if (!document) return undefined
  const about = { document, displayName: '' }
  const number = (key: string) => Math.max(0, Math.floor(Number(query.get(key) ?? 0)) || 0)
  const span = { start: number('start'), end: number('end') }
  const page = number('page')
  const marks = span.end > span.start
  // Characters say more than the page that they are on.
  const offset = marks ? span.start : number('offset')
  const place = page > 0 && !marks ? { page } : { offset }
  return { ...about, place, ...(marks && { span }) }
}

/** Parts a stretch of text into what is before a span, in it, and after it. */
export function marked({ text, start }: Stretch, span: Span | undefined) {
  // The API counts code points.
  const points = Array.from(text)
  const within = (offset: number) => Math.min(points.length, Math.max(0, offset - start))
  const from = span ? within(span.start) : points.length
  const to = span ? within(span.end) : points.length
  return {
    before: points.slice(0, from).join(''),
    inside: points.slice(from, to).join(''),
    after: points.slice(to).join(''),
  }
}

/** Where to go on from a stretch, back and forth. */
export function beside(
  { page, text, start }: Stretch,
  { pageCount, characterCount }: { readonly pageCount: number; readonly characterCount: bigint },
): { readonly previous?: Place; readonly next?: Place } {
  if (page > 0) {
    return {
      ...(page > 1 && { previous: { page: page - 1 } }),
      ...(page < pageCount && { next: { page: page + 1 } }),
    }
  }
  const end = start + Array.from(text).length
  return {
    ...(start > 0 && { previous: { offset: start - 1 } }),
    ...(text && end < Number(characterCount) && { next: { offset: end } }),
  }
}
