import { describe, expect, it } from 'vitest'
import { withSaid } from './dictated'

const PLACE = 'users/u/conversations/c'

describe('what is dictated', () => {
  it('goes behind what is typed by then', () => {
    const drafts = new Map([[PLACE, 'Why']])
    drafts.set(PLACE, 'Why do they ')
    expect(withSaid(drafts, PLACE, 'dig?')).toBe('Why do they dig?')
  })

  it('does not bring back what is sent by then', () => {
    const drafts = new Map([[PLACE, 'Why?']])
    drafts.set(PLACE, '')
    expect(withSaid(drafts, PLACE, 'And how?')).toBe('And how?')
  })

  it('is all there is where nothing was typed', () => {
    expect(withSaid(new Map(), PLACE, 'Why?')).toBe('Why?')
  })
})
