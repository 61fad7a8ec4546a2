import { expect, it } from 'vitest'
import { scopeOf } from './claims'

const token = (claims: object) => {
  const encoded = btoa(JSON.stringify(claims)).replace(/\+/g, '-').replace(/\//g, '_')
  return `e30.${encoded.replace(/=+$/, '')}.signature`
}

it('reads what a token allows', () => {
  expect(scopeOf(token({ scope: 'account chat audit_read' }))).toBe('account chat audit_read')
})

it('reads what is encoded for addresses', () => {
  expect(scopeOf(token({ sub: '???>>>', scope: 'chat' }))).toBe('chat')
})

it('allows nothing where nothing is said', () => {
  expect(scopeOf(token({ scope: 1 }))).toBe('')
  expect(scopeOf(token({}))).toBe('')
  expect(scopeOf('no token')).toBe('')
  expect(scopeOf('no.token.either')).toBe('')
})
