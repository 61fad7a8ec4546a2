import { create } from '@bufbuild/protobuf'
import { GenerationOptionsSchema } from '@/gen/parley/llm/v1/generation_pb'
import type { GenerationOptions } from '@/gen/parley/llm/v1/generation_pb'
import { EVERYWHERE, isNowhere, knowledgeOf, NOWHERE } from '@/shared/llm/knowledge/choice'
import type { KnowledgeChoice } from '@/shared/llm/knowledge/choice'

/** How the replies of a conversation are to come about. */
export interface Setup {
  /** Format: users/{user}/assistants/{assistant}; empty for none. */
  readonly assistant: string
  readonly knowledge: KnowledgeChoice
  /** Format of each: tools/{tool} */
  readonly tools: readonly string[]
}

export const PLAIN: Setup = { assistant: '', knowledge: NOWHERE, tools: [] }

/** What a conversation begins with: without a model, the user's documents are what answers. */
export function beginning(offline: boolean): Setup {
  return offline ? { ...PLAIN, knowledge: EVERYWHERE } : PLAIN
}

/** Returns how a reply came about. */
export function setupOf(options: GenerationOptions | undefined): Setup {
  if (!options) return PLAIN
  const { assistant, knowledge, tools } = options
  return { assistant, knowledge: knowledgeOf(knowledge), tools }
}

/** Returns a setup as requests say it; undefined if there is nothing to say. */
export function optionsOf({ assistant, knowledge, tools }: Setup): GenerationOptions | undefined {
  const nowhere = isNowhere(knowledge)
  if (!assistant && nowhere && tools.length === 0) return undefined
  const { all, collections, documents } = knowledge
  const where = { all, collections: [...collections], documents: [...documents] }
  const init = { assistant, tools: [...tools], ...(!nowhere && { knowledge: where }) }
  return create(GenerationOptionsSchema, init)
}

/** The setup to use: the one that was chosen here, the one of the last reply, or the usual one. */
export function setupFor(
  chosen: Setup | undefined,
  last: { readonly options?: GenerationOptions | undefined } | undefined,
  usual: Setup,
): Setup {
  if (chosen) return chosen
  return last ? setupOf(last.options) : usual
}
