import { expect, it } from 'vitest'
import { returnPath, signInPath } from './return-path'

const CONVERSATION = 'c=0b0f8a3e-6c1c-4a5e-9d4e-0d6a3c1f2b7a'

/** Returns where a path of the sign-in page leads back to. */
function back(path: string): string {
  const { search, hash } = new URL(path, 'https://parley.example')
  return returnPath({ search, hash })
}

it('leads back to the conversation that was asked for', () => {
  expect(back(signInPath('/chat', CONVERSATION))).toBe(`/chat?${CONVERSATION}`)
})

it.each(['/settings', '/library', '/device'])('leads back to %s', (pathname) => {
  expect(back(signInPath(pathname, ''))).toBe(pathname)
})

it('leads back to the place in a document', () => {
  const query = 'name=users%2Fa-1%2Fdocuments%2Fb-2&start=10&end=20'
  expect(back(signInPath('/document', query))).toBe(`/document?${query}`)
})

it('leads back to what is shared by a link, whose token stays out of the query [asvs 14.2.1]', () => {
  expect(back('/sign-in?to=%2Fshared#a_B-1')).toBe('/shared#a_B-1')
  expect(back('/sign-in?to=%2Fshared')).toBe('/chat')
})

it('leads back to the terminal that shows a code', () => {
  expect(back(signInPath('/device', '') + '#WDJB-MJHT')).toBe('/device#WDJB-MJHT')
})

it('leads to the conversations when none was asked for', () => {
  expect(signInPath('/chat', '')).toBe('/sign-in')
  expect(back('/sign-in')).toBe('/chat')
})

it.each([
  '//evil.example',
  '/settings/../x',
  'https://evil.example',
  '/chat?c=../x',
  '/document?x#y',
  '/document/../x?a',
  'javascript:alert(1)',
])('does not lead to %s [asvs 1.2.2 3.7.2]', (to) => {
  expect(back(`/sign-in?${new URLSearchParams({ to }).toString()}`)).toBe('/chat')
})
