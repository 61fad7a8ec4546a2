import { useId } from 'react'
import type { ComponentProps } from 'react'

interface SelectProps extends Omit<ComponentProps<'select'>, 'id' | 'onChange'> {
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChoose: (value: string) => void
}

/** One of several, with its label. */
export function Select({ label, options, onChoose, ...props }: SelectProps) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <select
        {...props}
        id={id}
        onChange={(event) => {
          onChoose(event.target.value)
        }}
        className="h-11 w-full rounded-lg border border-line-strong/70 bg-raised px-3 text-base text-ink"
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  )
}
