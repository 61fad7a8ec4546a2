'use client'

import { useId } from 'react'
import { useDocument } from '@/shared/llm/documents'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { useModal } from '@/shared/ui/use-modal'
import { sourcePath } from './place'
import type { Source } from './place'
import { SourceView } from './source-view'

interface SourceDialogProps {
  readonly source: Source
  readonly onClose: () => void
}

/** Shows a source beside what rests on it. Escape or a press beside it closes it. */
export function SourceDialog({ source, onClose }: SourceDialogProps) {
  const id = useId()
  const [ref, closing] = useModal(onClose)
  const { data } = useDocument(source.document)
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      {...closing}
      className="m-0 ml-auto h-page max-h-none w-[min(44rem,100vw)] max-w-none animate-arrive bg-raised text-ink shadow-raised"
    >
      <div className="flex h-full flex-col p-4 md:p-6">
        <div className="mb-3 flex items-start gap-2">
          <h2 id={id} className="min-w-0 flex-1 font-serif text-xl font-medium tracking-tight">
            {data?.displayName ?? (source.displayName || 'A document')}
          </h2>
          <IconButton label="Close the source" onClick={onClose}>
            <Icon name="close" className="size-5" />
          </IconButton>
        </div>
        <SourceView source={source} />
        <p className="pt-3 text-sm">
          <a
            href={sourcePath(source)}
            target="_blank"
            rel="noopener"
            className="rounded text-accent underline underline-offset-4"
          >
            Open on a page of its own
          </a>
        </p>
      </div>
    </dialog>
  )
}
