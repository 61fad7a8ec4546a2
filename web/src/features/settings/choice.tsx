import { useId } from 'react'

interface Option<T> {
  readonly value: T
  readonly label: string
  readonly hint: string
}

interface ChoiceProps<T> {
  readonly legend: string
  readonly options: readonly Option<T>[]
  readonly value: T
  readonly onChange: (value: T) => void
}

/** One of a few, each with a word about it. */
export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const id = useId()
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-sm font-medium">{props.legend}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {props.options.map(({ value, label, hint }) => (
          <label
            key={value}
            className="flex cursor-pointer gap-3 rounded-xl border border-line bg-raised p-3 transition-colors hover:border-line-strong has-checked:border-accent has-checked:bg-accent-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={id}
              checked={value === props.value}
              aria-describedby={`${id}-${String(value)}`}
              onChange={() => {
                props.onChange(value)
              }}
              className="mt-1 size-4 shrink-0 accent-(--accent) outline-none"
            />
            <span className="min-w-0">
              <span className="block text-[0.9375rem] font-medium">{label}</span>
              <span id={`${id}-${String(value)}`} className="block text-sm text-ink-2">
                {hint}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
