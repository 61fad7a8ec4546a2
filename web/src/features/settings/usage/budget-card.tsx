import { Budget_Period as Period } from '@/gen/parley/chat/v1/usage_service_pb'
import type { Budget, Budget_Amount } from '@/gen/parley/chat/v1/usage_service_pb'
import { momentOf } from '@/shared/lib/times'
import { left, money, shares, tokens } from './amounts'

/** What is used of a period's budget, and what is left. */
export function BudgetCard({ budget }: { readonly budget: Budget }) {
  return (
    <div className="rounded-xl border border-line bg-raised p-4">
      <h3 className="text-[0.9375rem] font-medium">
        {budget.period === Period.MONTH ? 'This month' : 'Today'}
      </h3>
      <dl className="mt-3 space-y-4">
        {budget.costMicros && <Row name="Money" amount={budget.costMicros} say={money} />}
        {budget.tokens && <Row name="Tokens" amount={budget.tokens} say={tokens} />}
      </dl>
      {budget.endTime && (
        <p className="mt-4 text-[0.8125rem] text-ink-3">Begins anew {momentOf(budget.endTime)}</p>
      )}
    </div>
  )
}

interface RowProps {
  readonly name: string
  readonly amount: Budget_Amount
  readonly say: (amount: bigint) => string
}

function Row({ name, amount, say }: RowProps) {
  const rest = left(amount)
  const parts = shares(amount)
  return (
    <div className="grid grid-cols-[1fr_auto] items-baseline gap-x-3">
      <dt className="text-sm text-ink-2">{name}</dt>
      <dd className="text-right text-[0.9375rem] tabular-nums">
        {say(rest ?? amount.used)}{' '}
        <span className="text-ink-3">
          {rest === undefined ? 'used, no limit' : `left of ${say(amount.limit ?? 0n)}`}
        </span>
      </dd>
      {parts && (
        <dd className="col-span-2">
          <svg className="mt-1.5 h-1.5 w-full rounded-full bg-line" aria-hidden="true">
            <rect
              width={`${String(parts.used)}%`}
              height="100%"
              className={rest === 0n ? 'fill-danger' : 'fill-accent'}
            />
            <rect
              x={`${String(parts.used)}%`}
              width={`${String(parts.reserved)}%`}
              height="100%"
              className="fill-line-strong"
            />
          </svg>
        </dd>
      )}
      {amount.reserved > 0n && (
        <dd className="col-span-2 mt-1 text-[0.8125rem] text-ink-3">
          {say(amount.reserved)} set aside for replies being written
        </dd>
      )}
    </div>
  )
}
