/**
 * Returns a conversation's draft with what was said behind it. Writing speech down takes a while:
 * the draft is read when it is done, so that what was typed or sent meanwhile counts.
 */
export function withSaid(
  drafts: ReadonlyMap<string, string>,
  conversation: string,
  said: string,
): string {
  const draft = drafts.get(conversation) ?? ''
  return [draft.trimEnd(), said].filter(Boolean).join(' ')
}
