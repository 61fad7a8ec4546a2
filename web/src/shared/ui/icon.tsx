const PATHS = {
  alert: 'M12 8v5m0 3v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  'arrow-down': 'M12 5v14m-6-6 6 6 6-6',
  'arrow-up': 'M12 19V5m-6 6 6-6 6 6',
  check: 'm5 13 4 4L19 7',
  'chevron-up': 'm6 15 6-6 6 6',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  edit: 'M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4',
  info: 'M12 11v5m0-8v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  menu: 'M4 8h16M4 16h10',
  retry: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5',
  trash: 'M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13m-7 4v6m4-6v6',
} as const

/** A line drawing that says what the words beside it, or a label, say too. */
export function Icon({
  name,
  className = 'size-4',
}: {
  readonly name: keyof typeof PATHS
  readonly className?: string
}) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
