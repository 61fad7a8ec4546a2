import { describe, expect, it } from 'vitest'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { faultsAtSignIn, faultsAtSignUp, faultsIn } from './credentials'

const GOOD = { email: 'ada@example.org', password: 'a long password' }

describe('signing up', () => {
  it('is possible with an address and a password', () => {
    expect(faultsAtSignUp(GOOD)).toEqual({})
  })

  it.each(['', 'ada', 'ada@', '@example.org', 'a da@example.org'])('does not take %j', (email) => {
    expect(Object.keys(faultsAtSignUp({ ...GOOD, email }))).toEqual(['email'])
  })

  it('counts the characters of a password as the API does', () => {
    expect(faultsAtSignUp({ ...GOOD, password: '🦉'.repeat(8) })).toEqual({})
    expect(faultsAtSignUp({ ...GOOD, password: '🦉'.repeat(7) })).toHaveProperty('password')
    expect(faultsAtSignUp({ ...GOOD, password: 'x'.repeat(129) })).toHaveProperty('password')
  })
})

it('asks for nothing but presence when signing in', () => {
  expect(faultsAtSignIn({ email: 'ada', password: 'x' })).toEqual({})
  expect(Object.keys(faultsAtSignIn({ email: '', password: '' }))).toEqual(['email', 'password'])
})

it('shows a refusal at the field that it is about', () => {
  const refusal = { reason: ErrorReason.INVALID_FIELD, text: 'No.', retry: false }
  expect(faultsIn({ ...refusal, reason: ErrorReason.EMAIL_TAKEN })).toEqual({ email: 'No.' })
  expect(faultsIn({ ...refusal, field: 'user.email' })).toEqual({ email: 'No.' })
  expect(faultsIn({ ...refusal, field: 'password' })).toEqual({ password: 'No.' })
  expect(faultsIn(refusal)).toEqual({})
})
