import { describe, expect, it } from 'vitest'
import { chances, weightIn } from './weights'

describe('the versions of a prompt', () => {
  it('are chosen in proportion to their weights', () => {
    const versions = [
      { name: '3', weight: 0 },
      { name: '2', weight: 3 },
      { name: '1', weight: 1 },
    ]
    expect([...chances(versions).values()]).toEqual([0, 75, 25])
  })

  it('are not chosen but the newest where nothing has a weight', () => {
    const versions = ['2', '1'].map((name) => ({ name, weight: 0 }))
    expect([...chances(versions).values()]).toEqual([100, 0])
  })
})

it.each([
  ['0', 0],
  [' 12 ', 12],
  ['1000', 1000],
  ['1001', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['', undefined],
])('reads the weight %j', (written, weight) => {
  expect(weightIn(written)).toBe(weight)
})
