import { expect, it } from 'vitest'
import { everyPage } from './pages'

it('gets every page of a list, each with the token of the one before', async () => {
  const next: Record<string, string> = { '': 'a', a: 'b', b: '' }
  const tokens: string[] = []

  const pages = await everyPage((token) => {
    tokens.push(token)
    return Promise.resolve({ nextPageToken: next[token] ?? '' })
  })

  expect(tokens).toEqual(['', 'a', 'b'])
  expect(pages).toHaveLength(3)
})
