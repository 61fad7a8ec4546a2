import { expect, it } from 'vitest'
import { IdentityProvider_Kind as Kind } from '@/gen/parley/auth/v1/identity_service_pb'
import { admissionOf, freshnessOf, kindOf } from './about-provider'

it('says what a provider is', () => {
  expect(kindOf({ kind: Kind.OPENID_CONNECT })).toBe('OpenID Connect')
  expect(kindOf({ kind: Kind.GITHUB })).toBe('GitHub')
})

it('says whether coming from a provider shows who one is', () => {
  expect(freshnessOf({ assumeFresh: true })).toMatch(/^Yes/)
  expect(freshnessOf({ assumeFresh: false })).toMatch(/^If it says/)
})

it('says whom a provider lets in', () => {
  expect(admissionOf({ signUp: false, emailDomains: ['a.example'] })).toMatch(/^Nobody new/)
  expect(admissionOf({ signUp: true, emailDomains: [] })).toMatch(/^Everybody/)
  expect(admissionOf({ signUp: true, emailDomains: ['a.example', 'b.example'] })).toBe(
    'Who has an address at a.example, b.example, which it has verified',
  )
})
