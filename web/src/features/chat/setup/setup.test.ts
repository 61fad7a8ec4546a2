import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { GenerationOptionsSchema } from '@/gen/parley/llm/v1/generation_pb'
import { EVERYWHERE } from '@/shared/llm/knowledge/choice'
import { answered } from '../testing'
import { beginning, optionsOf, PLAIN, setupFor, setupOf } from './setup'

const SETUP = {
  assistant: 'users/u/assistants/a',
  knowledge: { all: false, collections: ['users/u/collections/c'], documents: [] },
  tools: ['tools/calculator'],
}

describe('how replies are to come about', () => {
  it('is said to the API and read back the same', () => {
    expect(setupOf(optionsOf(SETUP))).toEqual(SETUP)
  })

  it('is not said when there is nothing to say', () => {
    expect(optionsOf(PLAIN)).toBeUndefined()
  })

  it('says no knowledge, so that the assistant’s counts', () => {
    expect(optionsOf({ ...PLAIN, assistant: 'x' })?.knowledge).toBeUndefined()
  })

  it('is what was chosen here, before what the last reply had', () => {
    const options = create(GenerationOptionsSchema, { tools: ['tools/clock'] })
    const last = answered('x', { options })

    expect(setupFor(undefined, last, PLAIN).tools).toEqual(['tools/clock'])
    expect(setupFor(SETUP, last, PLAIN)).toBe(SETUP)
  })

  it('is plain after a plain reply, and the usual before the first', () => {
    const usual = beginning(true)
    expect(setupFor(undefined, answered('x'), usual)).toBe(PLAIN)
    expect(setupFor(undefined, undefined, usual).knowledge).toBe(EVERYWHERE)
    expect(beginning(false)).toBe(PLAIN)
  })
})
