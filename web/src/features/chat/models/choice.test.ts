import { describe, expect, it } from 'vitest'
import { modelId } from '@/shared/llm/models'
import { toggled } from './choice'

describe('a choice of models', () => {
  it('grows and shrinks', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  })

  it('is never empty', () => {
    expect(toggled(['a'], 'a')).toEqual(['a'])
  })

  it('is not larger than may be asked', () => {
    expect(toggled(['a', 'b', 'c', 'd'], 'e')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('names models whole, slashes too', () => {
    expect(modelId('models/meta/llama')).toBe('meta/llama')
  })
})
