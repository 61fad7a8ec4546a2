import { useState } from 'react'
import { ExportConversationsRequest_Format as Format } from '@/gen/parley/chat/v1/transfer_service_pb'
import { Button } from '@/shared/ui/button'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Choice } from '../choice'
import { ProgressBar } from '@/shared/ui/progress-bar'
import { sizeOf } from '@/shared/lib/sizes'
import { useLeaveWarning } from '@/shared/ui/use-leave-warning'
import { ConversationChoice } from './conversation-choice'
import { useExport } from './use-export'
import type { ExportFormat, ExportState } from './use-export'

const FORMATS = [
  {
    value: Format.JSON,
    label: 'JSON',
    hint: 'Everything, with all branches. Can be imported again.',
  },
  { value: Format.MARKDOWN, label: 'Markdown', hint: 'To read: the branch that is shown.' },
] as const

const WHICH = [
  { value: 'all', label: 'All conversations', hint: 'But for temporary and deleted ones.' },
  { value: 'some', label: 'Only some', hint: 'Choose them from a list.' },
] as const

/** Takes conversations out, as a file. */
export function ExportSection({ user }: { readonly user: string }) {
  const { state, start, cancel } = useExport(user)
  const [format, setFormat] = useState<ExportFormat>(Format.JSON)
  const [which, setWhich] = useState<'all' | 'some'>('all')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const running = state.phase === 'running'
  useLeaveWarning(running)

  const names = which === 'all' ? [] : [...chosen]
  const begin = () => void start(format, names)
  return (
    <div className="max-w-[38rem]">
      <fieldset disabled={running} className="min-w-0 space-y-5">
        <Choice legend="Format" options={FORMATS} value={format} onChange={setFormat} />
        <Choice legend="Conversations" options={WHICH} value={which} onChange={setWhich} />
        {which === 'some' && (
          <ConversationChoice user={user} chosen={chosen} onChange={setChosen} />
        )}
      </fieldset>
      <div className="mt-6 flex flex-wrap gap-2">
        <Button busy={running} disabled={which === 'some' && chosen.size === 0} onClick={begin}>
          {running ? 'Exporting…' : 'Export'}
        </Button>
        {running && (
          <Button look="quiet" onClick={cancel}>
            Cancel the export
          </Button>
        )}
      </div>
      <Outcome state={state} onRetry={begin} />
    </div>
  )
}

function Outcome({
  state,
  onRetry,
}: {
  readonly state: ExportState
  readonly onRetry: () => void
}) {
  switch (state.phase) {
    case 'idle':
      return null
    case 'running':
      return (
        <div className="mt-4">
          <ProgressBar aria-label="Exporting" />
          <p className="mt-1 text-sm text-ink-2 tabular-nums">{sizeOf(state.bytes)} so far</p>
        </div>
      )
    case 'saved':
      return (
        <p role="status" className="mt-4 text-[0.9375rem] text-ink-2">
          Exported {sizeOf(state.bytes)}.
        </p>
      )
    case 'failed':
      return (
        <div className="mt-4">
          <ProblemNote problem={state.problem}>
            <span>Nothing was saved.</span>
            <NoteAction onClick={onRetry}>Export again</NoteAction>
          </ProblemNote>
        </div>
      )
  }
}
