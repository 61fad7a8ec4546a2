import { expect, it } from 'vitest'
import { invitationLink, inviteeName, inviteeOf } from './invitee'

it('tells an address from a domain, and either from nobody in particular', () => {
  expect(inviteeOf(' ann@example.com ')).toEqual({ case: 'email', value: 'ann@example.com' })
  expect(inviteeOf('example.com')).toEqual({ case: 'domain', value: 'example.com' })
  expect(inviteeOf('@example.com')).toEqual({ case: 'domain', value: 'example.com' })
  expect(inviteeOf(' ')).toEqual({ case: undefined })
})

it('says whom it is for', () => {
  expect(inviteeName({ invitee: inviteeOf('ann@example.com') })).toBe('ann@example.com')
  expect(inviteeName({ invitee: inviteeOf('example.com') })).toBe('Anybody at example.com')
  expect(inviteeName({ invitee: inviteeOf('') })).toBe('Whoever has the link')
})

it('keeps the token where no server sees it', () => {
  const url = new URL(invitationLink('https://parley.example', 'abc'))
  expect([url.pathname, url.search, url.hash]).toEqual(['/sign-up', '', '#invitation=abc'])
})
