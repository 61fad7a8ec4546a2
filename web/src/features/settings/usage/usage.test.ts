import { describe, expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Budget_AmountSchema, ChargeSchema } from '@/gen/parley/chat/v1/usage_service_pb'
import { left, money, shares, tokens } from './amounts'
import { byDay } from './days'

const amount = (limit: bigint | undefined, used: bigint, reserved = 0n) =>
  create(Budget_AmountSchema, { ...(limit !== undefined && { limit }), used, reserved })

it.each([
  [0n, '$0.00'],
  [12n, '$0.000012'],
  [4_200n, '$0.0042'],
  [123_456n, '$0.1235'],
  [500_000n, '$0.50'],
  [12_345_678n, '$12.35'],
  [4_000_000_000n, '$4,000.00'],
])('says %i millionths of a dollar as %s', (micros, said) => {
  expect(money(micros)).toBe(said)
})

it('says tokens in thousands', () => {
  expect(tokens(1_234_567n)).toBe('1,234,567')
})

describe('a budget', () => {
  it('has left what is neither used nor set aside, and never less than nothing', () => {
    expect(left(amount(100n, 30n, 20n))).toBe(50n)
    expect(left(amount(100n, 90n, 20n))).toBe(0n)
    expect(left(amount(0n, 0n))).toBe(0n)
    expect(left(amount(undefined, 30n))).toBeUndefined()
  })

  it('is shown in parts that are together no more than the whole', () => {
    expect(shares(amount(1_000n, 333n, 100n))).toEqual({ used: 33.3, reserved: 10 })
    expect(shares(amount(100n, 90n, 20n))).toEqual({ used: 90, reserved: 10 })
    expect(shares(amount(100n, 300n, 20n))).toEqual({ used: 100, reserved: 0 })
    expect(shares(amount(undefined, 300n))).toBeUndefined()
  })
})

describe('charges by day', () => {
  const at = (day: number, hour: number, costMicros: bigint) =>
    create(ChargeSchema, {
      createTime: timestampFromDate(new Date(2026, 4, day, hour)),
      inputTokens: 10n,
      outputTokens: 5n,
      costMicros,
    })
  const charges = [at(3, 9, 1n), at(2, 23, 2n), at(2, 1, 3n), at(1, 12, 4n)]

  it('add up, the newest day first', () => {
    const days = byDay(charges, false)
    expect(days.map((day) => [day.charges.length, day.costMicros, day.tokens])).toEqual([
      [1, 1n, 15n],
      [2, 5n, 30n],
      [1, 4n, 15n],
    ])
    expect(days.every(({ complete }) => complete)).toBe(true)
  })

  it('have no sum of a day that goes on with the next page', () => {
    expect(byDay(charges, true).map(({ complete }) => complete)).toEqual([true, true, false])
  })
})
