import { describe, expect, it } from 'vitest'
import { plainType } from './recording'
import { pieces, spoken } from './spoken'

describe('what is read aloud', () => {
  it('is the words, not how they are set', () => {
    expect(spoken('They dig [1], at night [2; 3].')).toBe('They dig, at night.')
    expect(spoken('# Badgers\n\n- **Dig** at [night](https://example.org) [1]\n> _so_')).toBe(
      'Badgers\nDig at night\nso',
    )
  })

  it('is no code', () => {
    expect(spoken('Before\n\n```python\nx = 1\n```\n\nafter')).toBe('Before\nafter')
    expect(spoken('Before\n\n```python\nx = 1')).toBe('Before')
  })
})

describe('a text that is too long to be spoken at once', () => {
  it('is parted at the ends of sentences', () => {
    expect(pieces('One. Two! Three and four', 12)).toEqual(['One. Two!', 'Three and', 'four'])
  })

  it('is parted anywhere when there is nothing else', () => {
    expect(pieces('🦡🦡🦡🦡🦡', 2)).toEqual(['🦡🦡', '🦡🦡', '🦡'])
  })

  it('is one piece when it fits', () => {
    expect(pieces('One.', 12)).toEqual(['One.'])
    expect(pieces('', 12)).toEqual([])
  })
})

it('knows a recording by its type alone', () => {
  expect(plainType('audio/webm;codecs=opus')).toBe('audio/webm')
})
