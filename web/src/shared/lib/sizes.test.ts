import { expect, it } from 'vitest'
import { sizeOf } from './sizes'

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_000, '1 kB'],
  [65_536, '65.5 kB'],
  [262_144, '262 kB'],
  [5_300_000, '5.3 MB'],
  [536_870_912, '537 MB'],
  [2_100_000_000, '2.1 GB'],
])('says %i as %s', (bytes, said) => {
  expect(sizeOf(bytes)).toBe(said)
})
