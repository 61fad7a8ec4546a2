'use client'

import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import { useDocuments } from '@/shared/llm/documents'
import type { Source } from '@/shared/llm/source/place'
import type { Uploads } from '@/shared/llm/uploads/uploads'
import { useUploadsAt } from '@/shared/llm/uploads/use-uploads'
import { userOf } from '@/shared/lib/names'
import { FileDrop } from '@/shared/ui/file-drop'
import { More } from '@/shared/ui/more'
import { DocumentRow } from './document-row'
import { UploadRow } from './upload-row'

interface DocumentsProps {
  readonly user: string
  readonly uploads: Uploads
  /** None for all documents. */
  readonly collection: Collection | undefined
  readonly collections: readonly Collection[]
  readonly onOpen: (source: Source) => void
}

/** The documents of a collection, or all, with what is on its way to be one. */
export function Documents({ user, uploads, collection, ...props }: DocumentsProps) {
  const name = collection?.name ?? ''
  const { collections, onOpen } = props
  const onTheWay = useUploadsAt(uploads, name).filter(({ phase }) => phase !== 'ready')
  const pages = useDocuments(user, name)
  const isOwn = !collection || userOf(name) === user
  const own = collections.filter((other) => userOf(other.name) === user)
  const sent = new Set(onTheWay.map(({ document }) => document))
  const documents = (pages.data?.pages ?? [])
    .flatMap((page) => page.documents)
    .filter((document) => !sent.has(document.name))
  return (
    <div className="mt-5">
      {isOwn && (
        <FileDrop
          title="Upload files"
          hint="or drop them here: PDF, Office, HTML, Markdown, text, code, CSV, EPUB, e-mail, images; at most 67 MB each"
          className="px-4 py-6"
          multiple
          onFiles={(files) => {
            uploads.add(name, files, { collection: name })
          }}
        />
      )}
      {onTheWay.length > 0 && (
        <ul aria-label="Uploads" className="mt-4 divide-y divide-line border-y border-line">
          {onTheWay.map((upload) => (
            <UploadRow
              key={upload.id}
              upload={upload}
              onRemove={() => {
                uploads.remove(name, upload.id)
              }}
            />
          ))}
        </ul>
      )}
      {documents.length > 0 && (
        <ul aria-label="Documents" className="mt-4 divide-y divide-line border-y border-line">
          {documents.map((document) => (
            <DocumentRow
              key={document.name}
              document={document}
              collections={own}
              isOwn={userOf(document.name) === user}
              onOpen={onOpen}
              onRest={(file) => {
                uploads.add(name, [file], { document: document.name })
              }}
            />
          ))}
        </ul>
      )}
      <div className="mt-4">
        <More
          pages={pages}
          count={documents.length + onTheWay.length}
          nothing={isOwn ? 'There are no documents here yet.' : 'There are no documents in it.'}
        />
      </div>
    </div>
  )
}
