import { expect, it } from 'vitest'
import { proofOf } from './factor-code'

it.each(['123456', ' 123 456 ', '123-456'])('reads %j as the code of an authenticator', (typed) => {
  expect(proofOf(typed)).toEqual({ case: 'totpCode', value: '123456' })
})

it.each(['1234567', 'abcd-efgh-ijkl', '12345'])('reads %j as a recovery code', (typed) => {
  expect(proofOf(` ${typed} `)).toEqual({ case: 'recoveryCode', value: typed })
})

it.each(['', '  ', '-'])('reads %j as nothing', (typed) => {
  expect(proofOf(typed)).toBeUndefined()
})
