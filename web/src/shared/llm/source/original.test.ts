import { expect, it } from 'vitest'
import { isShown } from './original'

it.each(['image/svg+xml', 'text/html', 'text/xml', 'application/xhtml+xml', 'message/rfc822', ''])(
  'saves %s rather than show it, for it could run scripts of its author [asvs 1.3.4 3.2.1]',
  (mediaType) => {
    expect(isShown(mediaType)).toBe(false)
  },
)

it.each(['application/pdf', 'image/png', 'text/plain'])('shows %s', (mediaType) => {
  expect(isShown(mediaType)).toBe(true)
})
