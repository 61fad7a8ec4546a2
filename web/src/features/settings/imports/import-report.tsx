import Link from 'next/link'
import { Icon } from '@/shared/ui/icon'
import { counted } from '@/shared/lib/counted'
import type { Report } from './progress'

interface ImportReportProps {
  readonly file: string
  readonly report: Report
  /** Why not the whole file was read, or empty. */
  readonly problem: string
}

/** What came of a file, and what was left out of it, and why. */
export function ImportReport({ file, report, problem }: ImportReportProps) {
  const { conversations, messages } = report
  const tone = problem ? 'bg-danger-wash' : 'bg-accent-wash'
  return (
    <div>
      <div role="status" className={`flex gap-3 rounded-xl px-4 py-3 text-[0.9375rem] ${tone}`}>
        <Icon
          name={problem ? 'alert' : 'check'}
          className={`mt-[0.2em] size-[1.125rem] ${problem ? 'text-danger' : 'text-accent'}`}
        />
        <div className="min-w-0">
          <p className="font-medium">
            {conversations
              ? `Imported ${counted(conversations, 'conversation')} with ${counted(messages, 'message')}.`
              : 'Nothing was imported.'}
          </p>
          <p className="mt-0.5 text-ink-2">
            {problem ? `${problem} ` : ''}From {file}.
          </p>
          {conversations > 0 && (
            <Link
              prefetch={false}
              href="/chat"
              className="mt-1 inline-block rounded font-medium text-accent underline underline-offset-4"
            >
              Show the conversations
            </Link>
          )}
        </div>
      </div>
      {report.skippedCount > 0 && <Skipped report={report} />}
    </div>
  )
}

function Skipped({ report: { skipped, skippedCount } }: { readonly report: Report }) {
  const untold = skippedCount - skipped.length
  return (
    <details className="mt-3 rounded-xl border border-line bg-raised" open={skippedCount <= 5}>
      <summary className="px-4 py-3 text-[0.9375rem] font-medium">
        Left out, wholly or in part: {counted(skippedCount, 'conversation')}
      </summary>
      <ol className="max-h-96 divide-y divide-line overflow-y-auto border-t border-line px-4 text-sm">
        {skipped.map(({ index, title, problem }, at) => (
          <li key={at} className="py-2.5">
            <p>
              <span className="text-ink-3 tabular-nums">No. {index + 1}</span>{' '}
              <span className="font-medium">{title || 'Untitled'}</span>
            </p>
            <p className="text-ink-2">{problem}</p>
          </li>
        ))}
        {untold > 0 && (
          <li className="py-2.5 text-ink-3">And {untold.toLocaleString('en')} more.</li>
        )}
      </ol>
    </details>
  )
}
