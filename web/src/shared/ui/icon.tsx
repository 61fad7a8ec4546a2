const PATHS = {
  alert: 'M12 8v5m0 3v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  'arrow-down': 'M12 5v14m-6-6 6 6 6-6',
  'arrow-up': 'M12 19V5m-6 6 6-6 6 6',
  archive: 'M4 4h16v5H4zm1 5v11h14V9m-9 4h4',
  check: 'm5 13 4 4L19 7',
  'chevron-down': 'm6 9 6 6 6-6',
  'chevron-left': 'm15 6-6 6 6 6',
  'chevron-right': 'm9 6 6 6-6 6',
  'chevron-up': 'm6 15 6-6 6 6',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  edit: 'M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4',
  folder: 'M3 6h6l2 2h10v11H3z',
  hourglass: 'M7 3h10M7 21h10M8 3v4l4 5 4-5V3M8 21v-4l4-5 4 5v4',
  info: 'M12 11v5m0-8v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  menu: 'M4 8h16M4 16h10',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  pin: 'M9 4h6l-1 7 4 4H6l4-4-1-7Zm3 11v6',
  play: 'M7 5v14l11-7L7 5Z',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4 4',
  share: 'M12 15V3m-4 4 4-4 4 4M5 12v8h14v-8',
  stop: 'M7 7h10v10H7z',
  tag: 'M4 4h8l8 8-8 8-8-8V4Zm4 4h.01',
  'thumb-down': 'M7 14V4h10l3 8v2h-6v5l-2 2-5-7Zm0 0H4V4h3',
  'thumb-up': 'M7 10v10h10l3-8v-2h-6V5l-2-2-5 7Zm0 0H4v10h3',
  retry: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5',
  trash: 'M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13m-7 4v6m4-6v6',
  book: 'M5 4h6a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H5zm8 2a2 2 0 0 1 2-2h5v14h-5a2 2 0 0 0-2 2',
  clip: 'm20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7',
  document: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  image: 'M4 5h16v14H4zm0 11 5-5 4 4 3-3 4 4M15 9h.01',
  microphone: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Zm-6 8a6 6 0 0 0 12 0m-6 6v4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM5 20a7 7 0 0 1 14 0',
  speaker: 'M4 10v4h3l5 4V6l-5 4H4Zm12-1a4 4 0 0 1 0 6m2.5-8.500a8 8 0 0 1 0 11',
  tool: 'M14.500 6.500a4 4 0 0 1 5-1l-2.500 2.500 1 2 2 1 1-2.500a4 4 0 0 1-5.500 4.500L9 19.500a2 2 0 0 1-3-3l7-6.500a4 4 0 0 1 1.500-3.500Z',
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
