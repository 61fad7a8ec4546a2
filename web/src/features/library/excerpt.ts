/** A part of a passage, and whether it was looked for. */
export interface Piece {
  readonly text: string
  readonly found: boolean
}

const BEFORE = 60
// Shorter words are in every passage.
const TELLING = 3

/**
 * Returns a passage from a little before the word of a query that is in it most seldom, with all
 * words of the query marked; from its beginning if none is in it, as it was found by its meaning.
 */
export function excerpt(passage: string, query: string): readonly Piece[] {
  const found = findIn(passage, wordsOf(query))
  const start = startOf(passage, rarest(found)?.index ?? 0)
  const pieces: Piece[] = []
  let at = start
  for (const { index, 0: word } of found) {
    if (index < at) continue
    pieces.push({ text: passage.slice(at, index), found: false }, { text: word, found: true })
    at = index + word.length
  }
  pieces.push({ text: passage.slice(at), found: false })
  if (start > 0) pieces.unshift({ text: '… ', found: false })
  return pieces.filter(({ text }) => text)
}

function wordsOf(query: string): readonly string[] {
  const words = query.match(/[\p{L}\p{N}]+/gu) ?? []
  const telling = words.filter((word) => word.length >= TELLING)
  return telling.length > 0 ? telling : words
}

function findIn(passage: string, words: readonly string[]): readonly RegExpExecArray[] {
  if (words.length === 0) return []
  // Letters and digits alone, which mean themselves; what is longer comes first.
  const any = [...words].sort((one, other) => other.length - one.length).join('|')
  return [...passage.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])(?:${any})`, 'giu'))]
}

function rarest(found: readonly RegExpExecArray[]): RegExpExecArray | undefined {
  const counts = new Map<string, number>()
  const count = ({ 0: word }: RegExpExecArray) => counts.get(word.toLowerCase()) ?? 0
  for (const one of found) counts.set(one[0].toLowerCase(), count(one) + 1)
  return found.reduce<RegExpExecArray | undefined>(
    (least, one) => (least && count(least) <= count(one) ? least : one),
    undefined,
  )
}

/** Returns where a word begins, not far before a place. */
function startOf(passage: string, place: number): number {
  const from = place - BEFORE
  if (from <= 0) return 0
  const gap = passage.slice(from, place).search(/\s\S/)
  return gap < 0 ? place : from + gap + 1
}
