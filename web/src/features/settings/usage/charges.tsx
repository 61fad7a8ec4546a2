import Link from 'next/link'
import type { Charge } from '@/gen/parley/chat/v1/usage_service_pb'
import { conversationOfMessage, idOf } from '@/shared/lib/names'
import { More } from '@/shared/ui/more'
import { clockOf, dayOf } from '@/shared/lib/times'
import { money, tokens } from './amounts'
import { useCharges } from './api'
import { byDay } from './days'
import type { Day } from './days'

/** What each reply cost, and what else was asked of a model, day by day. */
export function Charges({ user }: { readonly user: string }) {
  const pages = useCharges(user)
  const charges = pages.data?.pages.flatMap((page) => page.charges) ?? []
  return (
    <>
      {charges.length > 0 && (
        <table className="w-full text-sm tabular-nums">
          <caption className="sr-only">What each answer cost, the newest first</caption>
          <thead className="text-left text-[0.8125rem] text-ink-3">
            <tr className="[&>th]:py-1.5 [&>th]:font-normal">
              <th scope="col">Answer</th>
              <th scope="col" className="hidden pl-3 text-right sm:table-cell">
                Tokens read
              </th>
              <th scope="col" className="hidden pl-3 text-right sm:table-cell">
                Tokens written
              </th>
              <th scope="col" className="pl-3 text-right">
                Cost
              </th>
            </tr>
          </thead>
          {byDay(charges, pages.hasNextPage).map((day) => (
            <DayRows key={day.key} day={day} />
          ))}
        </table>
      )}
      <More pages={pages} count={charges.length} nothing="Nothing has been charged yet." />
    </>
  )
}

function DayRows({ day }: { readonly day: Day }) {
  const time = day.charges[0]?.createTime
  return (
    <tbody>
      <tr className="border-t border-line text-ink">
        <th scope="rowgroup" className="pt-3 pb-1 text-left font-medium">
          {time && dayOf(time)}
        </th>
        <td colSpan={2} className="hidden pt-3 pb-1 pl-3 text-right text-ink-3 sm:table-cell">
          {day.complete && `${tokens(day.tokens)} tokens`}
        </td>
        <td className="pt-3 pb-1 pl-3 text-right font-medium">
          {day.complete && money(day.costMicros)}
        </td>
      </tr>
      {day.charges.map((charge) => (
        <Row key={charge.name} charge={charge} />
      ))}
    </tbody>
  )
}

function Row({ charge }: { readonly charge: Charge }) {
  const about = charge.estimated ? '≈ ' : ''
  const read = about + tokens(charge.inputTokens)
  const written = about + tokens(charge.outputTokens)
  return (
    <tr className="text-ink-2">
      <td className="py-1">
        <Time charge={charge} /> <span>{charge.model}</span>
        <span className="block text-[0.8125rem] text-ink-3 sm:hidden">
          {read} read, {written} written
        </span>
      </td>
      <td className="hidden py-1 pl-3 text-right sm:table-cell">{read}</td>
      <td className="hidden py-1 pl-3 text-right sm:table-cell">{written}</td>
      <td className="py-1 pl-3 text-right align-top">{money(charge.costMicros)}</td>
    </tr>
  )
}

/** When it was charged, and the way to the reply if it was one. */
function Time({ charge }: { readonly charge: Charge }) {
  const time = charge.createTime && clockOf(charge.createTime)
  if (!charge.message) return <span>{time}</span>
  return (
    <Link
      prefetch={false}
      href={`/chat?c=${idOf(conversationOfMessage(charge.message))}`}
      className="rounded underline decoration-line-strong underline-offset-4 hover:text-ink"
    >
      {time}
    </Link>
  )
}
