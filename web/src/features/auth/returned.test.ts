import { describe, expect, it } from 'vitest'
import { onward, returnedIn } from './returned'

const RANDOM = 'A'.repeat(43)

describe('coming back from an identity provider', () => {
  it('tells signing in from linking', () => {
    expect(returnedIn(`?state=s${RANDOM}&code=x`)?.purpose).toBe('sign-in')
    expect(returnedIn(`?state=l${RANDOM}&code=x`)?.purpose).toBe('link')
  })

  it('brings the code and who issued it', () => {
    const search = `?code=a%2Bb&state=s${RANDOM}&iss=https%3A%2F%2Fissuer.example`
    expect(returnedIn(search)).toEqual({
      purpose: 'sign-in',
      state: `s${RANDOM}`,
      code: 'a+b',
      issuer: 'https://issuer.example',
      error: '',
    })
  })

  it('brings an error in place of a code', () => {
    expect(returnedIn(`?error=access_denied&state=s${RANDOM}`)?.error).toBe('access_denied')
  })

  it.each(['', '?code=x', `?state=s${RANDOM}`, '?state=x&code=y', `?state=z${RANDOM}&code=x`])(
    'is nobody with %j',
    (search) => {
      expect(returnedIn(search)).toBeUndefined()
    },
  )
})

describe('going on', () => {
  it.each(['/settings', '/chat?c=1', '/account#identities'])('leads to %s', (path) => {
    expect(onward(path)).toBe(path)
  })

  it.each([
    '',
    '/',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/a/../..//b',
    '/a#b#c',
  ])('does not lead to %j', (path) => {
    expect(onward(path)).toBe('/chat')
  })
})
