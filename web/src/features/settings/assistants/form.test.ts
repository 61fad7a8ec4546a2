import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { AssistantSchema } from '@/gen/parley/llm/v1/assistant_service_pb'
import { aboutAssistant, assistantIn, faultInTemperature, formOf } from './form'

const WHOLE = {
  name: 'users/u/assistants/a',
  displayName: 'Librarian',
  description: 'Finds things',
  instructions: 'Be brief.',
  prompt: 'users/u/prompts/p',
  model: 'large',
  knowledge: { all: false, collections: ['users/u/collections/c'], documents: [] },
  tools: ['tools/calculator'],
  temperature: 0,
}

describe('the form of an assistant', () => {
  it('holds all that the assistant is', () => {
    const form = formOf(create(AssistantSchema, WHOLE))
    expect(assistantIn(form, WHOLE.name)).toEqual(WHOLE)
  })

  it('says nothing of what is left open', () => {
    const assistant = assistantIn({ ...formOf(undefined), displayName: ' New ' })
    expect(assistant).toMatchObject({ displayName: 'New', model: '', tools: [] })
    expect(assistant).not.toHaveProperty('name')
    expect(assistant).not.toHaveProperty('knowledge')
    expect(assistant).not.toHaveProperty('temperature')
  })

  it.each([
    ['', undefined],
    ['0', undefined],
    ['0,7', undefined],
    ['2.1', 'A number from 0 to 2.'],
    ['warm', 'A number from 0 to 2.'],
  ])('knows whether %j is a temperature', (written, fault) => {
    expect(faultInTemperature(written)).toBe(fault)
  })
})

it('says what an assistant has', () => {
  expect(aboutAssistant(create(AssistantSchema, WHOLE))).toBe('large · 1 collection · 1 tool')
  expect(aboutAssistant(create(AssistantSchema))).toBe('The usual model')
})
