import { Model_Capability as Capability } from '@/gen/parley/llm/v1/generation_service_pb'
import type { Model } from '@/gen/parley/llm/v1/generation_service_pb'
import { tokensInShort } from '../composer/window'

const ABILITIES: readonly (readonly [Capability, string])[] = [
  [Capability.VISION, 'sees images'],
  [Capability.TOOLS, 'uses tools'],
  [Capability.REASONING, 'thinks first'],
]

const DOLLARS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumFractionDigits: 3,
})

type About = Pick<
  Model,
  'capabilities' | 'windowTokens' | 'inputMicrosPerMillionTokens' | 'outputMicrosPerMillionTokens'
>

/** Says what a model can do, how much it reads at once, and what it costs, where that is known. */
export function aboutModel(model: About): string {
  const parts = ABILITIES.filter(([ability]) => model.capabilities.includes(ability)).map(
    ([, words]) => words,
  )
  if (model.windowTokens > 0n) parts.push(`${tokensInShort(model.windowTokens)} tokens`)
  const { inputMicrosPerMillionTokens: input, outputMicrosPerMillionTokens: output } = model
  if (input > 0n || output > 0n)
    parts.push(`${dollars(input)} in, ${dollars(output)} out per million`)
  return parts.join(' · ')
}

function dollars(micros: bigint): string {
  return DOLLARS.format(Number(micros) / 1_000_000)
}
