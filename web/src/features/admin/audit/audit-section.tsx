import { useState } from 'react'
import { AuditOutcome } from '@/gen/parley/auth/v1/audit_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { Select } from '@/shared/ui/select'
import { aboutEvent, trouble } from './about-event'
import { useAuditEvents } from './api'
import { EVERYTHING, filterIn } from './filter'
import type { AuditFilter } from './filter'
import { useAuditExport } from './use-audit-export'
import { Verification } from './verification'

const OUTCOMES = [
  { value: String(AuditOutcome.UNSPECIFIED), label: 'Any' },
  { value: String(AuditOutcome.SUCCESS), label: 'Done' },
  { value: String(AuditOutcome.FAILURE), label: 'Failed' },
  { value: String(AuditOutcome.DENIED), label: 'Denied' },
] as const

/** What happened to accounts, and whether that is all of it. */
export function AuditSection() {
  const [filter, setFilter] = useState(EVERYTHING)
  return (
    <div className="space-y-10">
      <div>
        <Filters onFilter={setFilter} />
        <Events filter={filter} />
      </div>
      <Verification />
      <Export />
    </div>
  )
}

function Filters({ onFilter }: { readonly onFilter: (filter: AuditFilter) => void }) {
  const [outcome, setOutcome] = useState<string>(OUTCOMES[0].value)
  return (
    <form
      className="mb-6 grid gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault()
        onFilter(filterIn(event.currentTarget))
      }}
    >
      <Field
        label="Whose"
        name="user"
        placeholder="users/…"
        autoComplete="off"
        spellCheck={false}
      />
      <Field
        label="What"
        name="action"
        placeholder="session.create"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Field label="From" name="from" type="date" />
      <Field label="Until" name="until" type="date" />
      <Select
        label="How it ended"
        name="outcome"
        value={outcome}
        options={OUTCOMES}
        onChoose={setOutcome}
      />
      <Button type="submit" look="outline" className="h-11 self-end">
        Show these
      </Button>
    </form>
  )
}

function Events({ filter }: { readonly filter: AuditFilter }) {
  const pages = useAuditEvents(filter)
  const events = pages.data?.pages.flatMap((page) => page.auditEvents) ?? []
  return (
    <>
      {events.length > 0 && (
        <Rows>
          {events.map((event) => (
            <Row
              key={event.name}
              title={event.action}
              tags={trouble(event.outcome) && <Tag>{trouble(event.outcome)}</Tag>}
              note={<span className="break-words">{aboutEvent(event)}</span>}
            />
          ))}
        </Rows>
      )}
      <More pages={pages} count={events.length} nothing="Nothing of that happened." />
    </>
  )
}

function Export() {
  const audit = useAuditExport()
  return (
    <div>
      <h3 className="text-lg font-medium">Take it elsewhere</h3>
      <p className="mt-1 text-[0.9375rem] text-ink-2 text-pretty">
        A file with a line for each event, which{' '}
        <code className="text-sm">parley admin audit verify</code> reads without Parley.
      </p>
      <Button
        look="outline"
        className="mt-4"
        busy={audit.isPending}
        onClick={() => {
          audit.mutate()
        }}
      >
        {audit.isPending ? 'Exporting…' : 'Export the log'}
      </Button>
      {audit.data !== undefined && (
        <p role="status" className="mt-4 text-[0.9375rem] text-ink-2">
          Exported {String(audit.data)} events.
        </p>
      )}
      {audit.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(audit.error)} />
        </div>
      )}
    </div>
  )
}
