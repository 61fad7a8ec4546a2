import { Mark } from './mark'

/** Shown until it is known what to show; too short to be seen as a rule. */
export function Opening() {
  return (
    <div
      role="status"
      aria-label="Opening Parley"
      className="flex min-h-page animate-[arrive_300ms_300ms_both] items-center justify-center"
    >
      <Mark className="size-10 animate-breathe" />
    </div>
  )
}
