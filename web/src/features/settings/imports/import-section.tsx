import { ProblemNote } from '@/shared/ui/problem-note'
import { Button } from '@/shared/ui/button'
import { FileDrop } from '@/shared/ui/file-drop'
import { counted } from '@/shared/lib/counted'
import { useLeaveWarning } from '@/shared/ui/use-leave-warning'
import { adviceOn } from './advice'
import type { ImportState } from './progress'
import { ImportReport } from './import-report'
import { Running } from './running'
import { UnfinishedList } from './unfinished-list'
import { useImport } from './use-import'

/** Brings conversations in, from a file. */
export function ImportSection({ user }: { readonly user: string }) {
  const { state, left, importFile, goOn, cancel } = useImport(user)
  const underWay = state.phase === 'uploading' || state.phase === 'reading'
  useLeaveWarning(underWay)
  return (
    <div className="max-w-[38rem] space-y-5">
      {underWay ? (
        <div>
          <Running state={state} />
          <Button look="outline" className="mt-4" onClick={cancel}>
            Cancel the import
          </Button>
        </div>
      ) : (
        <>
          <Outcome state={state} />
          {left.length > 0 && <UnfinishedList entries={left} onGoOn={goOn} />}
          <FileDrop
            title="Choose a file"
            hint="or drop it here: .zip or .json, at most 537 MB"
            className="px-4 py-8"
            accept=".zip,.json,application/zip,application/json"
            onFiles={([file]) => {
              if (file) importFile(file)
            }}
          />
        </>
      )}
    </div>
  )
}

function Outcome({ state }: { readonly state: ImportState }) {
  switch (state.phase) {
    case 'ended':
      return <ImportReport file={state.file} report={state.report} problem={state.problem} />
    case 'cancelled':
      return (
        <p role="status" className="text-[0.9375rem] text-ink-2">
          The import of {state.file} is cancelled.{' '}
          {state.report.conversations > 0 &&
            `What had come by then stays: ${counted(state.report.conversations, 'conversation')}.`}
        </p>
      )
    case 'failed': {
      const advice = adviceOn(state.problem)
      return (
        <ProblemNote problem={state.problem}>
          {advice && <p>{advice}</p>}
          {state.report.conversations > 0 && (
            <p>
              What had come by then stays: {counted(state.report.conversations, 'conversation')}.
            </p>
          )}
        </ProblemNote>
      )
    }
    default:
      return null
  }
}
