import { expect, it } from 'vitest'
import { returnPath, signInPath } from './return-path'

const CONVERSATION = 'c=0b0f8a3e-6c1c-4a5e-9d4e-0d6a3c1f2b7a'

it('leads back to the conversation that was asked for', () => {
  const path = signInPath('/chat', CONVERSATION)
  expect(returnPath(path.slice(path.indexOf('?')))).toBe(`/chat?${CONVERSATION}`)
})

it('leads back to the settings', () => {
  const path = signInPath('/settings', '')
  expect(returnPath(path.slice(path.indexOf('?')))).toBe('/settings')
})

it('leads to the conversations when none was asked for', () => {
  expect(signInPath('/chat', '')).toBe('/sign-in')
  expect(returnPath('')).toBe('/chat')
})

it.each([
  '//evil.example',
  '/settings/../x',
  'https://evil.example',
  '/chat?c=../x',
  'javascript:alert(1)',
])('does not lead to %s', (to) => {
  expect(returnPath(`?${new URLSearchParams({ to }).toString()}`)).toBe('/chat')
})
