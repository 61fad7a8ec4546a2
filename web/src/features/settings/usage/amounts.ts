import type { Budget_Amount } from '@/gen/parley/chat/v1/usage_service_pb'

/** How much of a budget is used and set aside, as parts of a hundred; none without a limit. */
export interface Shares {
  readonly used: number
  readonly reserved: number
}

const NUMBER = new Intl.NumberFormat('en')

/** Says a number of tokens. */
export function tokens(count: bigint): string {
  return NUMBER.format(count)
}

/** Says an amount of money: to the cent, and below a dollar as far as there is something to say. */
export function money(micros: bigint): string {
  const dollars = Number(micros) / 1_000_000
  const digits = micros === 0n || dollars >= 1 ? 2 : dollars >= 0.01 ? 4 : 6
  return dollars.toLocaleString('en', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  })
}

/** How much may still be used: what is set aside is not there for another reply. */
export function left({ limit, used, reserved }: Budget_Amount): bigint | undefined {
  if (limit === undefined) return undefined
  const rest = limit - used - reserved
  return rest > 0n ? rest : 0n
}

export function shares({ limit, used, reserved }: Budget_Amount): Shares | undefined {
  if (limit === undefined || limit <= 0n) return undefined
  const part = (amount: bigint) => Math.min(100, Number((amount * 1000n) / limit) / 10)
  return { used: part(used), reserved: Math.min(part(reserved), 100 - part(used)) }
}
