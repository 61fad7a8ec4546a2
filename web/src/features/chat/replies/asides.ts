import type { Message } from '@/gen/parley/chat/v1/message_pb'
import type { Citation, ToolCall } from '@/gen/parley/llm/v1/generation_pb'

// What stands beside the text of a reply. A stream that is resumed may tell it again.

/** Returns a reply as it was before anything stood beside it. */
export function withoutAsides(reply: Message): Message {
  return { ...reply, citations: [], toolCalls: [], reasoning: '', retrieval: undefined }
}

/** Has a piece of reasoning replace what there is from its offset on. */
export function reasoned(reasoning: string, offset: number, text: string): string {
  return firstPoints(reasoning, offset) + text
}

/** Adds a citation, or replaces the one of its number. */
export function cited(citations: readonly Citation[], citation: Citation): Citation[] {
  const others = citations.filter(({ number }) => number !== citation.number)
  return [...others, citation].sort((one, other) => one.number - other.number)
}

/** Adds a call of a tool, or replaces what was known of it. */
export function called(calls: readonly ToolCall[], call: ToolCall): ToolCall[] {
  const known = calls.some(({ name }) => name === call.name)
  return known ? calls.map((other) => (other.name === call.name ? call : other)) : [...calls, call]
}

/** The beginning of a text, so many code points long. */
function firstPoints(text: string, count: number): string {
  // Of characters there are at most as many as units, so this is all of it.
  if (count >= text.length) return text
  let at = 0
  for (let left = count; left > 0 && at < text.length; left -= 1) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  }
  return text.slice(0, at)
}
