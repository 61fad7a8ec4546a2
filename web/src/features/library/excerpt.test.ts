import { describe, expect, it } from 'vitest'
import { excerpt } from './excerpt'

const RIVERS = 'Of rivers, and of those who crossed them. '.repeat(20)
const PASSAGE = `${RIVERS}Jordenwick crossed the river in the year 1441.`

const written = (passage: string, query: string) =>
  excerpt(passage, query)
    .map(({ text, found }) => (found ? `[${text}]` : text))
    .join('')

describe('the excerpt of a passage', () => {
  it('shows what was looked for, however far in it that is', () => {
    expect(written(PASSAGE, 'jordenwick')).toBe(
      '… crossed them. Of rivers, and of those who crossed them. ' +
        '[Jordenwick] crossed the river in the year 1441.',
    )
  })

  it('begins by the word that is in it most seldom, and marks all', () => {
    expect(written(PASSAGE, 'What did Jordenwick do at the river?')).toBe(
      '… crossed [the]m. Of [river]s, and of those who crossed [the]m. ' +
        '[Jordenwick] crossed [the] [river] in [the] year 1441.',
    )
  })

  it('begins where the passage does, when that is near or nothing of the query is in it', () => {
    expect(written('The badger sleeps.', 'badger')).toBe('The [badger] sleeps.')
    expect(written('The badger sleeps.', 'animals at night')).toBe('The badger sleeps.')
    expect(written('The badger sleeps.', '?!')).toBe('The badger sleeps.')
  })

  it('marks beginnings of words, and no other parts', () => {
    expect(written('The badgers are not bad at badinage; abad.', 'bad')).toBe(
      'The [bad]gers are not [bad] at [bad]inage; abad.',
    )
  })

  it('does not take a query for a pattern [asvs 1.2.9]', () => {
    expect(written('a+b is (a)', '(a+')).toBe('[a]+b is ([a])')
  })

  it('cuts no word where there is no gap between words', () => {
    const long = 'x'.repeat(200)
    expect(written(`${long} badger`, 'badger')).toBe('… [badger]')
  })
})
