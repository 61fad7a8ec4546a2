import { describe, expect, it } from 'vitest'
import { Role } from '@/gen/parley/llm/v1/generation_pb'
import { answered, said } from '../testing'
import { aboutWindow, moreAboutWindow, tokensInShort, turnsOf } from './window'

describe('how full a window is', () => {
  it.each([
    [0n, '0'],
    [999n, '999'],
    [1_000n, '1k'],
    [1_249n, '1.2k'],
    [12_400n, '12k'],
    [128_000n, '128k'],
    [1_048_576n, '1M'],
  ])('says %d tokens in short', (count, words) => {
    expect(tokensInShort(count)).toBe(words)
  })

  it('is said with the window where that is known', () => {
    const counts = { inputTokens: 12_000n, droppedTurns: 0, exact: true, windowExceeded: false }
    expect(aboutWindow({ ...counts, windowTokens: 128_000n })).toBe('12k of 128k')
    expect(aboutWindow({ ...counts, windowTokens: 0n })).toBe('12k tokens')
  })

  it('says what does not fit, and that it is estimated', () => {
    const counts = { inputTokens: 1n, windowTokens: 1n, droppedTurns: 2, exact: false }
    expect(moreAboutWindow({ ...counts, windowExceeded: false })).toContain(
      'estimated, 2 older turns no longer fit',
    )
    expect(moreAboutWindow({ ...counts, windowExceeded: true })).toContain(
      'estimated, more than it can read at once',
    )
  })
})

describe('what is counted', () => {
  it('is what was said and what is being typed', () => {
    const turns = turnsOf([said({ name: 'm/1' }), answered('Because.')], 'And?', ['d'])

    expect(turns).toMatchObject([
      { role: Role.USER, text: 'Why?', id: '1' },
      { role: Role.ASSISTANT, text: 'Because.' },
      { role: Role.USER, text: 'And?', attachments: ['d'] },
    ])
  })

  it('is nothing where there is nothing, or too much', () => {
    expect(turnsOf([], '', [])).toEqual([])
    expect(turnsOf([answered('')], '', [])).toEqual([])
    expect(turnsOf([answered('x'.repeat(300_000))], 'And?', [])).toEqual([])
  })
})
