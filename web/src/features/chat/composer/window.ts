import { Role } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { Role as TurnRole } from '@/gen/parley/llm/v1/generation_pb'
import type { CountTokensResponse } from '@/gen/parley/llm/v1/generation_service_pb'
import { counted } from '@/shared/lib/counted'
import { idOf } from '@/shared/lib/names'

const MAX_TURNS = 1_000
// More than this is too much to send for a number beside the composer.
const MAX_CHARACTERS = 200_000

/** A turn, as it is counted. */
export interface CountedTurn {
  readonly role: TurnRole
  readonly text: string
  readonly id?: string
  readonly attachments?: string[]
}

/** The turns that the next message makes; none if there is nothing to count, or too much. */
export function turnsOf(
  said: readonly Message[],
  draft: string,
  attached: readonly string[],
): readonly CountedTurn[] {
  const before = said
    .filter(({ text, attachments }) => text !== '' || attachments.length > 0)
    .map(({ role, text, name, attachments }) => ({
      role: role === Role.USER ? TurnRole.USER : TurnRole.ASSISTANT,
      text,
      id: idOf(name),
      attachments,
    }))
  const next = { role: TurnRole.USER, text: draft, attachments: [...attached] }
  const turns = draft || attached.length > 0 ? [...before, next] : before
  const characters = turns.reduce((sum, { text }) => sum + text.length, 0)
  return characters > MAX_CHARACTERS ? [] : turns.slice(-MAX_TURNS)
}

/** Says a number of tokens, shortly: `900`, `12k`, `1.2M`. */
export function tokensInShort(count: bigint): string {
  const number = Number(count)
  if (number < 1_000) return String(number)
  if (number < 9_950) return `${(number / 1_000).toFixed(1).replace(/\.0$/, '')}k`
  if (number < 999_500) return `${String(Math.round(number / 1_000))}k`
  return `${(number / 1_000_000).toFixed(1).replace(/\.0$/, '')}M`
}

type Counted = Pick<
  CountTokensResponse,
  'inputTokens' | 'windowTokens' | 'droppedTurns' | 'exact' | 'windowExceeded'
>

/** Says how full a window is. */
export function aboutWindow({ inputTokens, windowTokens }: Counted): string {
  const used = tokensInShort(inputTokens)
  return windowTokens > 0n ? `${used} of ${tokensInShort(windowTokens)}` : `${used} tokens`
}

/** Says what else there is to say about that. */
export function moreAboutWindow({ droppedTurns, exact, windowExceeded }: Counted): string {
  const parts = [
    'Tokens that the model reads with your next message',
    exact ? '' : 'estimated',
    windowExceeded ? 'more than it can read at once' : '',
    droppedTurns > 0 && !windowExceeded
      ? `${counted(droppedTurns, 'older turn')} no longer fit`
      : '',
  ]
  return parts.filter(Boolean).join(', ')
}
