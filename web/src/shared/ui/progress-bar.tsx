import type { ComponentProps } from 'react'

/** How far something is; without a `value`, that it is under way. */
export function ProgressBar(props: ComponentProps<'progress'>) {
  return (
    <progress
      {...props}
      className="h-1.5 w-full appearance-none overflow-hidden rounded-full border-0 bg-line text-accent indeterminate:animate-breathe indeterminate:bg-accent motion-reduce:indeterminate:bg-accent/35 [&::-moz-progress-bar]:bg-current [&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:bg-current"
    />
  )
}
