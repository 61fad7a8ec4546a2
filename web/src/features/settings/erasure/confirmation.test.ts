import { expect, it } from 'vitest'
import { confirms } from './confirmation'

it.each(['erase my data', ' Erase  my data ', 'ERASE MY DATA'])('takes %j', (typed) => {
  expect(confirms(typed)).toBe(true)
})

it.each(['', 'erase', 'erase my dat', 'do not erase my data'])('does not take %j', (typed) => {
  expect(confirms(typed)).toBe(false)
})
