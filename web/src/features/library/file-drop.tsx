'use client'

import { useState } from 'react'

/** Takes files that are chosen, or dropped there. */
export function FileDrop({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
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
      className={`block cursor-pointer rounded-xl border border-dashed px-4 py-6 text-center transition-colors hover:border-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${above ? 'border-accent bg-accent-wash' : 'border-line-strong'}`}
    >
      <span className="block text-[0.9375rem] font-medium text-accent">Upload files</span>
      <span className="mt-1 block text-sm text-ink-2">
        or drop them here: PDF, Office, HTML, Markdown, text, code, CSV, EPUB, e-mail, images; at
        most 67 MB each
      </span>
      <input
        type="file"
        multiple
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
