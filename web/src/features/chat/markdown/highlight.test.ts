import { expect, it } from 'vitest'
import { Highlighting, languageNamed } from './highlight'

const CODE = 'def f(x):\n    """Say\n    more."""\n    return x + 1\n'

const coloured = (lines: Awaited<ReturnType<Highlighting['advance']>>) =>
  lines.map((line) => line.map(({ content, color }) => [content, color]))

it('colours a growing text as it would the whole one', async () => {
  const whole = await new Highlighting('python').advance(CODE)
  const growing = new Highlighting('python')
  for (let end = 0; end < CODE.length; end += 1) await growing.advance(CODE.slice(0, end))

  expect(coloured(await growing.advance(CODE))).toEqual(coloured(whole))
})

it('keeps the lines that do not change', async () => {
  const highlighting = new Highlighting('python')
  const [first] = await highlighting.advance('x = 1\ny')
  const [same] = await highlighting.advance('x = 1\ny = 2\n')

  expect(same).toBe(first)
})

it('begins again when the text is another one', async () => {
  const highlighting = new Highlighting('python')
  await highlighting.advance('x = 1\ny = 2\n')

  const lines = await highlighting.advance('z = 3\n')

  expect(lines.map((line) => line.map(({ content }) => content).join(''))).toEqual(['z = 3'])
})

it('knows languages by their usual names, and others not at all', () => {
  expect(languageNamed('py')).toBe('python')
  expect(languageNamed('TypeScript')).toBe('typescript')
  expect(languageNamed('constructor')).toBeUndefined()
  expect(languageNamed('')).toBeUndefined()
})
