import type { ToolCall } from '@/gen/parley/llm/v1/generation_pb'
import { idOf } from '@/shared/lib/names'

// Between the name of a server and that of its tool; Parley's own have none.
const SEPARATOR = '__'

/**
 * Returns what to call a tool that is used. What a server calls its tool may be the name of
 * another, so the id comes before it.
 */
export function toolLabel({ tool, displayName }: Pick<ToolCall, 'tool' | 'displayName'>): string {
  const id = idOf(tool)
  if (!displayName || displayName === id) return id
  return id.includes(SEPARATOR) ? `${id} (${displayName})` : displayName
}
