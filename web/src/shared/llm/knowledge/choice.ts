import { counted } from '@/shared/lib/counted'

/** Where to look for passages to answer from. */
export interface KnowledgeChoice {
  /** All documents of the user, and those shared with them. */
  readonly all: boolean
  readonly collections: readonly string[]
  readonly documents: readonly string[]
}

export const NOWHERE: KnowledgeChoice = { all: false, collections: [], documents: [] }
export const EVERYWHERE: KnowledgeChoice = { ...NOWHERE, all: true }

export const MAX_COLLECTIONS = 20
export const MAX_DOCUMENTS = 100

/** Returns what is chosen by something that the API sent. */
export function knowledgeOf(knowledge: KnowledgeChoice | undefined): KnowledgeChoice {
  if (!knowledge) return NOWHERE
  if (knowledge.all) return EVERYWHERE
  const { collections, documents } = knowledge
  return { all: false, collections, documents }
}

export function isNowhere({ all, collections, documents }: KnowledgeChoice): boolean {
  return !all && collections.length === 0 && documents.length === 0
}

/** Says what is chosen. */
export function aboutKnowledge(knowledge: KnowledgeChoice): string {
  if (knowledge.all) return 'All my documents'
  const { collections, documents } = knowledge
  const parts = [
    collections.length > 0 && counted(collections.length, 'collection'),
    documents.length > 0 && counted(documents.length, 'document'),
  ]
  return parts.filter(Boolean).join(', ') || 'None'
}

/** Adds something to a list, if there is room, or takes it away. */
export function toggledIn(list: readonly string[], name: string, most: number): readonly string[] {
  if (list.includes(name)) return list.filter((other) => other !== name)
  return list.length < most ? [...list, name] : list
}
