import type { ReactNode } from 'react'

interface RowActionProps {
  readonly label?: string
  readonly danger?: boolean
  readonly onClick: () => void
  readonly children: ReactNode
}

/** A small button for something that can be done with what it stands beside. */
export function RowAction({ label, danger = false, onClick, children }: RowActionProps) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className={`h-8 rounded-md px-2 text-[0.8125rem] font-normal whitespace-nowrap hover:bg-line/60 ${danger ? 'text-danger' : 'text-ink-2 hover:text-ink'}`}
    >
      {children}
    </button>
  )
}
