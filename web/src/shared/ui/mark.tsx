/** Two sides, a little apart: the mark of Parley. */
export function Mark({ className = 'size-5' }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <path className="fill-accent" d="M15 4v20A10 10 0 0 1 15 4Z" />
      <path className="fill-line-strong" d="M17 8v20a10 10 0 0 0 0-20Z" />
    </svg>
  )
}

/** The mark with the name beside it. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2">
      <Mark />
      <span className="font-serif text-xl font-medium tracking-tight">Parley</span>
    </span>
  )
}
