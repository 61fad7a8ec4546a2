import type { ComponentProps } from 'react'

const LOOKS = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong disabled:hover:bg-accent',
  quiet: 'text-ink-2 hover:bg-line/60 hover:text-ink',
  outline: 'border border-line text-ink hover:border-line-strong bg-raised',
  danger: 'bg-danger text-danger-ink hover:bg-danger-strong disabled:hover:bg-danger',
} as const

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof LOOKS
  /** Whether what it started is under way: it then cannot be pressed, but keeps the focus. */
  readonly busy?: boolean
}

export const BUTTON =
  'inline-flex h-10 items-center justify-center gap-2 rounded-lg px-4 text-[0.9375rem] font-medium transition-colors'

/** Returns the classes of something that looks like a button, for instance a link. */
export function buttonClass(look: keyof typeof LOOKS, className = ''): string {
  return `${BUTTON} ${LOOKS[look]} ${className}`
}

export function Button({ look = 'primary', busy = false, className, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : props.onClick}
      className={`${buttonClass(look, className)} disabled:cursor-default disabled:opacity-60 aria-disabled:cursor-default aria-disabled:opacity-60`}
    />
  )
}

/** A square button with an icon and a label for those who do not see it. */
export function IconButton({
  label,
  className = '',
  ...props
}: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <button
      type="button"
      {...props}
      aria-label={label}
      title={label}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-2 transition-colors hover:bg-line/60 hover:text-ink ${className}`}
    />
  )
}
