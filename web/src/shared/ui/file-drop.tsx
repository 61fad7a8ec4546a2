import { useState } from 'react'
import type { ComponentProps } from 'react'

interface FileDropProps extends Pick<ComponentProps<'input'>, 'accept' | 'multiple'> {
  readonly title: string
  readonly hint: string
  /** Its padding. */
  readonly className: string
  readonly onFiles: (files: readonly File[]) => void
}

/** Takes files that are chosen, or dropped there. */
export function FileDrop({ title, hint, className, onFiles, ...props }: FileDropProps) {
  const [above, setAbove] = useState(false)
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault()
        setAbove(true)
      }}
      onDragLeave={() => {
        setAbove(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setAbove(false)
        onFiles(Array.from(event.dataTransfer.files))
      }}
      className={`block cursor-pointer rounded-xl border border-dashed text-center transition-colors hover:border-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${className} ${above ? 'border-accent bg-accent-wash' : 'border-line-strong'}`}
    >
      <span className="block text-[0.9375rem] font-medium text-accent">{title}</span>
      <span className="mt-1 block text-sm text-ink-2">{hint}</span>
      <input
        {...props}
        type="file"
        className="sr-only"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
    </label>
  )
}
