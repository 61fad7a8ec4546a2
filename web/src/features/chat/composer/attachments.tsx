'use client'

import { useRef } from 'react'
import { aboutUpload } from '@/shared/llm/uploads/upload'
import type { Upload } from '@/shared/llm/uploads/upload'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'

/** Lets files be chosen that are to come with a message. */
export function AttachButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label="Attach files" onClick={() => input.current?.click()}>
        <Icon name="clip" className="size-[1.125rem]" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to attach"
        className="hidden"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
    </>
  )
}

interface AttachmentsProps {
  readonly uploads: readonly Upload[]
  readonly onRemove: (id: string) => void
}

/** The files that come with a message, and how far each is. */
export function Attachments({ uploads, onRemove }: AttachmentsProps) {
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-1.5 pt-1.5">
      {uploads.map((upload) => (
        <li
          key={upload.id}
          className={`flex max-w-full items-center gap-2 rounded-lg border py-0.5 pl-2.5 text-sm ${upload.phase === 'failed' ? 'border-danger text-danger' : 'border-line'}`}
        >
          <span className="min-w-0">
            <span className="block max-w-52 truncate font-medium">{upload.name}</span>
            <span aria-live="polite" className="block text-xs text-ink-3">
              {aboutUpload(upload)}
            </span>
          </span>
          <IconButton
            label={`Remove ${upload.name}`}
            onClick={() => {
              onRemove(upload.id)
            }}
          >
            <Icon name="close" />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
