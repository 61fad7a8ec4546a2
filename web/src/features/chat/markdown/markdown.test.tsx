import { renderToStaticMarkup } from 'react-dom/server'
import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { CitationSchema } from '@/gen/parley/llm/v1/generation_pb'
import { CitationsProvider } from './cite'
import { Markdown } from './markdown'

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} writing={false} />)

describe('what a model wrote', () => {
  it('is set as Markdown', () => {
    expect(html('**Yes**, `x`.')).toContain('<strong>Yes</strong>, <code>x</code>.')
  })

  it('may link to other sites, which learn nothing of this one [asvs 3.4.5 14.2.3]', () => {
    expect(html('[here](https://example.org/)')).toContain(
      '<a href="https://example.org/" target="_blank" rel="noopener noreferrer nofollow">here</a>',
    )
  })

  it('cannot run scripts [asvs 1.2.1 1.2.2 1.3.1 1.3.5]', () => {
    const written = html(
      '<script>alert(1)</script><p onclick="alert(1)">x</p><iframe src="/"></iframe>\n\n[x](javascript:alert(1))',
    )
    expect(written).not.toMatch(/<script|onclick|<iframe|javascript:/)
  })

  it('cannot have an image fetched [asvs 14.2.3]', () => {
    const written = html(
      '![a cat](https://example.org/cat.png?secret=1) <img src="https://example.org/x">',
    )
    expect(written).not.toContain('<img')
    expect(written).toContain('Image: a cat')
  })

  it('cannot bring a form or a style [asvs 1.3.1 1.3.5]', () => {
    const written = html(
      '<form action="/x"><input name="password"></form><p style="position:fixed">x</p>',
    )
    expect(written).not.toMatch(/<form|style=/)
    expect(written).toContain('<input disabled="" type="checkbox"')
  })
})

describe('what a text rests on', () => {
  const names = { 1: 'a.pdf', 2: 'b.pdf' }
  const citations = Object.entries(names).map(([number, displayName]) =>
    create(CitationSchema, { number: Number(number), displayName }),
  )
  const cited = (text: string) =>
    renderToStaticMarkup(
      <CitationsProvider value={{ citations, onOpen: () => undefined }}>
        <Markdown text={text} writing={false} />
      </CitationsProvider>,
    )
  const marks = (written: string) =>
    Array.from(written.matchAll(/aria-label="Source (\d+: [^"]*)"/g), ([, label]) => label)

  it('is led to by its numbers, wherever they stand', () => {
    const written = cited('So it is [1][2].\n\n- **as said [2]**\n\n| a |\n|---|\n| b [1] |')
    expect(marks(written)).toEqual(['1: a.pdf', '2: b.pdf', '2: b.pdf', '1: a.pdf'])
  })

  it('is led to by each of several numbers that stand together', () => {
    const written = cited('So it is [1, 2], and [2;1].')
    expect(marks(written)).toEqual(['1: a.pdf', '2: b.pdf', '2: b.pdf', '1: a.pdf'])
    expect(written.replace(/<[^>]*>/g, '')).toBe('So it is 12, and 21.')
  })

  it('is led to by the numbers that are known, and the others stay beside them', () => {
    const written = cited('So it is [2, 7].')
    expect(marks(written)).toEqual(['2: b.pdf'])
    expect(written.replace(/<[^>]*>/g, '')).toBe('So it is [2, 7].')
    expect(cited('From [0, 100].')).toContain('From [0, 100].')
  })

  it('is not led to from code', () => {
    expect(marks(cited('Take `xs[1]` and\n\n```python\nxs[2]\n```'))).toEqual([])
  })

  it('is not led to by a number that nothing has, which stays as it is', () => {
    const written = cited('So it is [3], not [0001].')
    expect(marks(written)).toEqual([])
    expect(written).toContain('So it is [3], not [0001].')
  })

  it('is not led to by a link, which stays one', () => {
    const written = cited('[1](https://example.org/) and [\\[2\\]](https://example.org/)')
    expect(marks(written)).toEqual([])
    expect(written).toContain('href="https://example.org/"')
  })

  it('cannot be made up by the text itself', () => {
    const written = cited('<cite data-numbers="1">x</cite>')
    expect(marks(written)).toEqual([])
  })

  it('is not known where nothing is cited', () => {
    expect(html('See [1].')).toContain('See [1].')
  })
})
