import type { ReactNode } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from './button'
import { Dialog } from './dialog'
import { ProblemNote } from './problem-note'

interface ConfirmDialogProps {
  readonly title: string
  /** What the button says. */
  readonly action: string
  readonly busy: boolean
  readonly error: Error | null
  readonly onClose: () => void
  readonly onConfirm: () => void
  /** What happens, and what stays. */
  readonly children: ReactNode
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ title, action, busy, error, ...props }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={props.onClose}>
      <p className="mt-3 text-ink-2 text-pretty">{props.children}</p>
      {error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={props.onClose}>
          Cancel
        </Button>
        <Button look="danger" busy={busy} onClick={props.onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}
