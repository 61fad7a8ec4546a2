/** Returns what a reply says, without how it is set and without what nobody would read aloud. */
export function spoken(markdown: string): string {
  return markdown
    .replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^\1[^\n]*$|$(?![\s\S]))/gm, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\s*\[\s*\d{1,4}(?:\s*[,;]\s*\d{1,4})*\s*\]/g, '')
    .replace(/^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, '')
    .replace(/[*_`|~]+/g, '')
    .replace(/^\s*[-:\s]+$/gm, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/\s*\n\s*/g, '\n')
    .trim()
}

/** Parts a text into pieces of at most so many characters, at the ends of sentences if it can. */
export function pieces(text: string, most: number): readonly string[] {
  const parts: string[] = []
  let rest = Array.from(text)
  while (rest.length > most) {
    const head = rest.slice(0, most).join('')
    const ends = Array.from(head.matchAll(/[.!?…]\s|\n/g), (end) => end.index + 1)
    const at = ends.at(-1) ?? head.lastIndexOf(' ')
    const piece = at > 0 ? head.slice(0, at) : head
    parts.push(piece.trim())
    rest = rest.slice(Array.from(piece).length)
  }
  parts.push(rest.join('').trim())
  return parts.filter(Boolean)
}
