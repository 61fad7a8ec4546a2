import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import { Model_Capability, ModelSchema } from '@/gen/parley/llm/v1/generation_service_pb'
import { aboutModel } from './about'

it('says what a model can do, reads at once, and costs', () => {
  const model = create(ModelSchema, {
    capabilities: [Model_Capability.TOOLS, Model_Capability.JSON_SCHEMA, Model_Capability.VISION],
    windowTokens: 128_000n,
    inputMicrosPerMillionTokens: 2_500_000n,
    outputMicrosPerMillionTokens: 10_000_000n,
  })

  expect(aboutModel(model)).toBe(
    'sees images · uses tools · 128k tokens · $2.50 in, $10.00 out per million',
  )
})

it('says nothing of a model of which nothing is known', () => {
  expect(aboutModel(create(ModelSchema))).toBe('')
})
