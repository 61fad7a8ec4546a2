import type { ReactNode } from 'react'
import type { Problem } from '@/shared/rpc/problem'
import { Icon } from './icon'

interface ProblemNoteProps {
  readonly problem: Problem
  /** What can be done about it. */
  readonly children?: ReactNode
}

/** Says at once, also to a screen reader, what went wrong. */
export function ProblemNote({ problem, children }: ProblemNoteProps) {
  return (
    <div
      role="alert"
      className="flex animate-arrive gap-3 rounded-xl bg-danger-wash px-4 py-3 text-[0.9375rem] text-danger"
    >
      <Icon name="alert" className="mt-[0.2em] size-[1.125rem]" />
      <div className="min-w-0">
        <p>{problem.text}</p>
        {children && <div className="mt-2 flex flex-wrap gap-x-4 gap-y-1">{children}</div>}
      </div>
    </div>
  )
}

/** An action inside a note. */
export function NoteAction({
  onClick,
  children,
}: {
  readonly onClick: () => void
  readonly children: ReactNode
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="rounded font-medium underline decoration-1 underline-offset-4 hover:decoration-2"
    >
      {children}
    </button>
  )
}
