import type { ComponentProps, ReactNode } from 'react'

interface CheckProps extends Omit<ComponentProps<'input'>, 'type' | 'children'> {
  readonly type?: 'checkbox' | 'radio'
  readonly children: ReactNode
}

/** Something that can be ticked, with what it is. */
export function Check({ type = 'checkbox', children, ...props }: CheckProps) {
  return (
    <label className="flex items-start gap-2.5 py-1 text-[0.9375rem] has-disabled:opacity-60">
      <input {...props} type={type} className="mt-1 size-4 shrink-0 accent-(--accent)" />
      <span className="min-w-0">{children}</span>
    </label>
  )
}
