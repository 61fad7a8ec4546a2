/** As much of a tree of HTML (hast) as is read here. */
interface Node {
  readonly type: string
  readonly tagName?: string
  readonly value?: string
  readonly properties?: Readonly<Record<string, unknown>>
  children?: Node[]
}

// As llm reads them.
const MARKER = /\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]/g
// What a model writes there is no reference.
const SKIPPED = new Set(['code', 'pre', 'a'])

/** Finds `[1]` and `[1, 2]` in what a model wrote, outside of code and links, and makes each a `cite`. */
export function citationMarks() {
  return (tree: Node): void => {
    mark(tree)
  }
}

function mark(node: Node): void {
  if (!node.children || SKIPPED.has(node.tagName ?? '')) return
  node.children = node.children.flatMap((child) => {
    if (child.type === 'text') return parted(child)
    mark(child)
    return child
  })
}

function parted(text: Node): Node[] {
  const { value = '' } = text
  const parts: Node[] = []
  let end = 0
  for (const found of value.matchAll(MARKER)) {
    const [whole, numbers = ''] = found
    if (found.index > end) parts.push({ type: 'text', value: value.slice(end, found.index) })
    const children = [{ type: 'text', value: whole }]
    const properties = { dataNumbers: numbers }
    parts.push({ type: 'element', tagName: 'cite', properties, children })
    end = found.index + whole.length
  }
  if (end === 0) return [text]
  if (end < value.length) parts.push({ type: 'text', value: value.slice(end) })
  return parts
}
