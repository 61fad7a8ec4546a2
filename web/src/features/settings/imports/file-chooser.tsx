import { useState } from 'react'

/** Takes a file that is chosen, or dropped there. */
export function FileChooser({ onChoose }: { readonly onChoose: (file: File) => void }) {
  const [above, setAbove] = useState(false)
  const take = (files: FileList | null) => {
    const [file] = files ?? []
    if (file) onChoose(file)
  }
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
        take(event.dataTransfer.files)
      }}
      className={`block cursor-pointer rounded-xl border border-dashed px-4 py-8 text-center transition-colors hover:border-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${above ? 'border-accent bg-accent-wash' : 'border-line-strong'}`}
    >
      <span className="block text-[0.9375rem] font-medium text-accent">Choose a file</span>
      <span className="mt-1 block text-sm text-ink-2">
        or drop it here: .zip or .json, at most 537 MB
      </span>
      <input
        type="file"
        accept=".zip,.json,application/zip,application/json"
        className="sr-only"
        onChange={(event) => {
          take(event.target.files)
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
    </label>
  )
}
