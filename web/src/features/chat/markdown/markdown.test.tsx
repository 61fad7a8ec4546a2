import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { Markdown } from './markdown'

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} writing={false} />)

describe('what a model wrote', () => {
  it('is set as Markdown', () => {
    expect(html('**Yes**, `x`.')).toContain('<strong>Yes</strong>, <code>x</code>.')
  })

  it('may link to other sites, which learn nothing of this one', () => {
    expect(html('[here](https://example.org/)')).toContain(
      '<a href="https://example.org/" target="_blank" rel="noopener noreferrer nofollow">here</a>',
    )
  })

  it('cannot run scripts', () => {
    const written = html(
      '<script>alert(1)</script><p onclick="alert(1)">x</p><iframe src="/"></iframe>\n\n[x](javascript:alert(1))',
    )
    expect(written).not.toMatch(/<script|onclick|<iframe|javascript:/)
  })

  it('cannot have an image fetched', () => {
    const written = html(
      '![a cat](https://example.org/cat.png?secret=1) <img src="https://example.org/x">',
    )
    expect(written).not.toContain('<img')
    expect(written).toContain('Image: a cat')
  })

  it('cannot bring a form or a style', () => {
    const written = html(
      '<form action="/x"><input name="password"></form><p style="position:fixed">x</p>',
    )
    expect(written).not.toMatch(/<form|style=/)
    expect(written).toContain('<input disabled="" type="checkbox"')
  })
})
