'use client'

import { useCallback, useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import type { ReadDocumentResponse } from '@/gen/parley/llm/v1/document_pb'
import { useStretch } from '@/shared/llm/documents'
import { problemOf } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { isShown, openOriginal } from './original'
import { beside, marked } from './place'
import type { Place, Source, Span, Stretch } from './place'

/** The text of a document at a place, with what is cited marked, and the way through the rest. */
export function SourceView({ source }: { readonly source: Source }) {
  const [place, go] = useState<Place>(source.place)
  const read = useStretch(source.document, place)
  if (read.isError && !read.data) {
    const problem = problemOf(read.error)
    return (
      <ProblemNote problem={problem}>
        {problem.retry && <NoteAction onClick={() => void read.refetch()}>Try again</NoteAction>}
      </ProblemNote>
    )
  }
  if (!read.data) {
    return (
      <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
        Loading…
      </p>
    )
  }
  return <Read read={read.data} span={source.span} onGo={go} busy={read.isFetching} />
}

interface ReadProps {
  readonly read: ReadDocumentResponse
  readonly span: Span | undefined
  readonly onGo: (place: Place) => void
  readonly busy: boolean
}

function Read({ read: { page, document }, span, onGo, busy }: ReadProps) {
  const stretch: Stretch = {
    page: page?.page ?? 0,
    text: page?.text ?? '',
    start: Number(page?.startOffset ?? 0n),
  }
  const pageCount = document?.pageCount ?? 0
  const { previous, next } = beside(stretch, {
    pageCount,
    characterCount: document?.characterCount ?? 0n,
  })
  const paged = stretch.page > 0
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-x-1 gap-y-2 pb-3 text-sm text-ink-2">
        {(previous ?? next) && (
          <>
            <Step
              name="chevron-left"
              label={paged ? 'Previous page' : 'Back'}
              to={previous}
              onGo={onGo}
            />
            <Step
              name="chevron-right"
              label={paged ? 'Next page' : 'Further'}
              to={next}
              onGo={onGo}
            />
          </>
        )}
        <span aria-live="polite" className="mr-auto px-1 tabular-nums">
          {paged && `Page ${String(stretch.page)}${pageCount ? ` of ${String(pageCount)}` : ''}`}
        </span>
        {document && <Original document={document} page={Math.max(1, stretch.page)} />}
      </div>
      <Text
        key={stretch.start}
        stretch={stretch}
        span={span}
        busy={busy}
        isImage={document?.mediaType.startsWith('image/') ?? false}
      />
    </div>
  )
}

interface StepProps {
  readonly name: 'chevron-left' | 'chevron-right'
  readonly label: string
  readonly to: Place | undefined
  readonly onGo: (place: Place) => void
}

function Step({ name, label, to, onGo }: StepProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      // Not disabled: it keeps the focus when there is nothing further.
      aria-disabled={!to || undefined}
      onClick={() => {
        if (to) onGo(to)
      }}
      className="inline-flex size-9 items-center justify-center rounded-lg hover:bg-line/60 hover:text-ink aria-disabled:opacity-40"
    >
      <Icon name={name} />
    </button>
  )
}

interface TextProps {
  readonly stretch: Stretch
  readonly span: Span | undefined
  readonly busy: boolean
  readonly isImage: boolean
}

/** Nothing that a document says is more than text here. */
function Text({ stretch, span, busy, isImage }: TextProps) {
  const { before, inside, after } = marked(stretch, span)
  const toMark = useCallback((mark: HTMLElement | null) => {
    mark?.scrollIntoView({ block: 'center' })
  }, [])
  if (!stretch.text.trim()) {
    return (
      <p className="py-2 text-[0.9375rem] text-ink-2">
        {isImage ? 'This is an image; models that see are shown it.' : 'There is no text here.'}
      </p>
    )
  }
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="Text of the document"
      aria-busy={busy}
      className="min-h-0 flex-1 overflow-y-auto rounded-xl border border-line bg-paper px-4 py-3 text-[0.9375rem] leading-relaxed whitespace-pre-wrap"
    >
      {before}
      {inside && (
        <mark ref={toMark} className="rounded-sm bg-accent/25 box-decoration-clone px-0.5 text-ink">
          {inside}
        </mark>
      )}
      {after}
    </div>
  )
}

interface OriginalProps {
  readonly document: NonNullable<ReadDocumentResponse['document']>
  readonly page: number
}

function Original({ document, page }: OriginalProps) {
  const client = useClient(DocumentService)
  const open = useMutation({ mutationFn: () => openOriginal(client, document, page) })
  return (
    <>
      <Button
        look="outline"
        className="h-9 px-3 text-sm"
        busy={open.isPending}
        onClick={() => {
          open.mutate()
        }}
      >
        {isShown(document.mediaType) ? 'Open the original' : 'Download the original'}
      </Button>
      {open.isError && (
        <div className="w-full">
          <ProblemNote problem={problemOf(open.error)} />
        </div>
      )}
    </>
  )
}
