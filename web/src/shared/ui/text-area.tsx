import { useId } from 'react'
import type { ComponentProps } from 'react'

interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'id'> {
  readonly label: string
  readonly hint?: string
  /** What is wrong with what is in it. */
  readonly fault?: string | undefined
}

/** A field for several lines, with its label, a hint, and what is wrong with it. */
export function TextArea({ label, hint, fault, ...props }: TextAreaProps) {
  const id = useId()
  const note = fault ?? hint
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <textarea
        rows={3}
        {...props}
        id={id}
        aria-invalid={fault ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className="field-sizing-content max-h-[40dvh] w-full resize-none rounded-lg border border-line-strong/70 bg-raised px-3.5 py-2.5 text-base aria-invalid:border-danger"
      />
      {note && (
        <p id={`${id}-note`} className={`mt-1.5 text-sm ${fault ? 'text-danger' : 'text-ink-3'}`}>
          {note}
        </p>
      )}
    </div>
  )
}
