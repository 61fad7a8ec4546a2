import type { ReactNode } from 'react'

interface RowProps {
  readonly title: ReactNode
  /** Small words beside the title, which are seen however long that is. */
  readonly tags?: ReactNode
  /** What else there is to say of it, in one line. */
  readonly note: ReactNode
  /** What can be done with it. */
  readonly children?: ReactNode
}

/** One of several things in a list, with what can be done with it. */
export function Row({ title, tags, note, children }: RowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-[0.9375rem]">
          <span className="min-w-0 truncate font-medium">{title}</span>
          {tags}
        </p>
        <p className="text-[0.8125rem] text-ink-3">{note}</p>
      </div>
      <div className="-ml-2 flex items-center gap-1 sm:ml-0">{children}</div>
    </li>
  )
}

/** The list that rows are in. */
export function Rows({ children }: { readonly children: ReactNode }) {
  return <ul className="divide-y divide-line border-y border-line">{children}</ul>
}

/** A small word beside a title. */
export function Tag({ children }: { readonly children: ReactNode }) {
  return (
    <span className="shrink-0 rounded-full bg-sunken px-2 py-0.5 text-xs text-ink-2">
      {children}
    </span>
  )
}
