import type { Tool } from '@/gen/parley/llm/v1/tool_service_pb'
import { idOf } from '@/shared/lib/names'

// What models are told of a tool speaks of the user, and of more than people need to know.
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['calculator', 'Works out arithmetic exactly.'],
  ['current_time', 'Tells the date and the time, in any time zone.'],
  ['remember', 'Keeps a fact about you for later conversations, among your memories.'],
  ['run_python', 'Runs a program in Python, which reaches no files and no network.'],
  ['search_conversations', 'Finds what was said in your conversations.'],
  ['search_documents', 'Finds passages in the documents that you uploaded or may read.'],
  ['web_fetch', 'Reads a public page of the web.'],
])

/** Says what a tool does, to the person who may enable it. */
export function aboutTool(tool: Pick<Tool, 'name' | 'server' | 'description'>): string {
  const { name, server, description } = tool
  return server ? description : (BUILT_IN.get(idOf(name)) ?? description)
}
