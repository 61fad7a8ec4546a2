import { useId, useState } from 'react'
import type { ComponentProps, ReactNode } from 'react'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  readonly hint?: string
  /** What is wrong with what is in it. */
  readonly fault?: string | undefined
  readonly children?: ReactNode
}

/** An input with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, fault, children, className = '', ...props }: FieldProps) {
  const id = useId()
  const note = fault ?? hint
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          {...props}
          id={id}
          aria-invalid={fault ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className={`h-11 w-full rounded-lg border border-line-strong/70 bg-raised px-3.5 text-base transition-colors placeholder:text-ink-3 hover:border-line-strong focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger ${className}`}
        />
        {children}
      </div>
      {note && (
        <p id={`${id}-note`} className={`mt-1.5 text-sm ${fault ? 'text-danger' : 'text-ink-3'}`}>
          {note}
        </p>
      )}
    </div>
  )
}

/** A field for a password, which can be shown. */
export function PasswordField(props: FieldProps) {
  const [shown, setShown] = useState(false)
  return (
    <Field {...props} type={shown ? 'text' : 'password'} className="pr-16">
      <button
        type="button"
        aria-pressed={shown}
        aria-label="Show password"
        onClick={() => {
          setShown(!shown)
        }}
        className="absolute inset-y-1 right-1 rounded-md px-2.5 text-sm text-ink-2 hover:text-ink"
      >
        {shown ? 'Hide' : 'Show'}
      </button>
    </Field>
  )
}
