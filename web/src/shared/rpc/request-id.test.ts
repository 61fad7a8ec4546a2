import { describe, expect, it } from 'vitest'
import { requestIds } from './request-id'

describe('the request ID of a form', () => {
  it('is the same when it is sent again', () => {
    const idFor = requestIds()
    const first = idFor({ displayName: 'Badgers' })
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(idFor({ displayName: 'Badgers' })).toBe(first)
  })

  it('is another once it says something else', () => {
    const idFor = requestIds()
    const first = idFor({ displayName: 'Badgers' })
    const second = idFor({ displayName: 'Foxes' })
    expect(second).not.toBe(first)
    // Whatever became of the first, this is a new wish.
    expect(idFor({ displayName: 'Badgers' })).not.toBe(first)
  })

  it('is another in another form', () => {
    expect(requestIds()('Badgers')).not.toBe(requestIds()('Badgers'))
  })
})
