import { expect, it } from 'vitest'
import { invitationIn } from './invitation'

it('is what stands in the link', () => {
  expect(invitationIn('#invitation=Ab_9-z')).toBe('Ab_9-z')
})

it('is nothing where there is none', () => {
  expect(invitationIn('')).toBe('')
  expect(invitationIn('#invitation=')).toBe('')
  expect(invitationIn('#invitation=a&b')).toBe('')
  expect(invitationIn('#ABCD-EFGH')).toBe('')
})
