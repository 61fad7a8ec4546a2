import { useId } from 'react'
import type { ComponentProps } from 'react'

interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'id'> {
  readonly label: string
  readonly hint?: string
}

/** A field for several lines, with its label and a hint. */
export function TextArea({ label, hint, ...props }: TextAreaProps) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <textarea
        rows={3}
        {...props}
        id={id}
        aria-describedby={hint ? `${id}-note` : undefined}
        className="field-sizing-content max-h-[40dvh] w-full resize-none rounded-lg border border-line-strong/70 bg-raised px-3.5 py-2.5 text-base"
      />
      {hint && (
        <p id={`${id}-note`} className="mt-1.5 text-sm text-ink-3">
          {hint}
        </p>
      )}
    </div>
  )
}
