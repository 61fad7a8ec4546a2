import { expect, it } from 'vitest'
import { Code } from '@connectrpc/connect'
import { detailsOf } from './error-details'
import { errorInfo, refusal } from './testing'

it('takes names from outside for what they are [asvs 15.3.6]', () => {
  const hostile = { ['__proto__']: 'x', constructor: 'y', toString: 'z' }

  const { metadata } = detailsOf(refusal(Code.InvalidArgument, errorInfo('INVALID_FIELD', hostile)))

  expect(Object.entries(metadata)).toEqual(Object.entries(hostile))
  expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
  expect(metadata['field']).toBeUndefined()
})
