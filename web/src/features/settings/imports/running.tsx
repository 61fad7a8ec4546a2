import { explain } from '@/shared/rpc/problem'
import { counted } from '@/shared/lib/counted'
import { ProgressBar } from '@/shared/ui/progress-bar'
import { sizeOf } from '@/shared/lib/sizes'
import type { ImportState } from './progress'

type RunningState = Extract<ImportState, { readonly done: number }>

/** How far an import is. */
export function Running({ state }: { readonly state: RunningState }) {
  const { phase, file, done, size, report, waiting } = state
  const what = phase === 'uploading' ? 'Uploading' : 'Reading'
  return (
    <div>
      <p role="status" className="text-[0.9375rem]">
        {what} <span className="font-medium">{file}</span>
        {waiting && (
          <span className="text-ink-2">. {explain(waiting.reason).text} Trying again…</span>
        )}
      </p>
      <div className="mt-2">
        <ProgressBar aria-label={`${what} ${file}`} value={done} max={size} />
      </div>
      <p className="mt-1 flex flex-wrap justify-between gap-x-4 text-sm text-ink-2 tabular-nums">
        <span>
          {sizeOf(done)} of {sizeOf(size)}
        </span>
        {phase === 'reading' && <span>{counted(report.conversations, 'conversation')} so far</span>}
      </p>
      <p className="mt-3 text-sm text-ink-3">
        {phase === 'uploading'
          ? 'If you leave this page, choose the same file within a day to go on.'
          : 'If you leave this page, come back within a day to go on.'}
      </p>
    </div>
  )
}
