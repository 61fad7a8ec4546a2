import { describe, expect, it } from 'vitest'
import { Beside } from './beside'

const dialog = {}
const at = (target: unknown) => ({ target, currentTarget: dialog })

describe('a press beside a dialog', () => {
  it('begins and ends there', () => {
    const beside = new Beside()
    beside.began(at(dialog))
    expect(beside.ended(at(dialog))).toBe(true)
  })

  it('is not a selection that begins inside', () => {
    const beside = new Beside()
    beside.began(at('a field'))
    expect(beside.ended(at(dialog))).toBe(false)
  })

  it('is not a press of a button inside, even after one beside that ended nowhere', () => {
    const beside = new Beside()
    beside.began(at(dialog))
    expect(beside.ended(at('a button'))).toBe(false)
    beside.began(at('a field'))
    expect(beside.ended(at(dialog))).toBe(false)
  })
})
