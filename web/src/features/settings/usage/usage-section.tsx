import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useUsage } from './api'
import { BudgetCard } from './budget-card'
import { Charges } from './charges'

/** The budgets, how often one may ask, and what each answer cost. */
export function UsageSection({ user }: { readonly user: string }) {
  const usage = useUsage(user)
  const rate = usage.data?.rateLimit
  return (
    <>
      {usage.error && (
        <ProblemNote problem={problemOf(usage.error)}>
          <NoteAction onClick={() => void usage.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        {usage.data?.budgets.map((budget) => (
          <BudgetCard key={budget.period} budget={budget} />
        ))}
      </div>
      {rate && (
        <p className="mt-4 text-sm text-ink-2">
          {rate.burst
            ? `You may send ${String(rate.remaining)} more messages at once; ${String(rate.perMinute)} come back each minute.`
            : 'There is no limit to how often you may send messages.'}
        </p>
      )}
      <h3 className="mt-8 mb-2 text-[0.9375rem] font-medium">What replies cost</h3>
      <Charges user={user} />
    </>
  )
}
