import type { Client } from '@connectrpc/connect'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import type { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'

// Of what a browser shows, what runs no script of the file's author.
const SHOWN = new Set([
  'application/pdf',
  'image/avif',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
])
// As long as it takes a tab to read the file.
const KEPT_MS = 60_000

/** Tells whether a file may be opened in a tab; anything else is only saved. */
export function isShown(mediaType: string): boolean {
  return SHOWN.has(mediaType)
}

/** Opens a file as it was uploaded: in another tab, at a page, or among the downloads. */
export async function openOriginal(
  client: Client<typeof DocumentService>,
  { name, displayName, mediaType }: Document,
  page: number,
): Promise<void> {
  // Before anything is waited for: a browser opens a tab only in answer to a press.
  const tab = isShown(mediaType) ? open('', '_blank') : null
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for await (const { chunk } of client.downloadDocument({ name }, { timeoutMs: 0 })) {
      chunks.push(new Uint8Array(chunk))
    }
    const type = !tab ? 'application/octet-stream' : withCharset(mediaType)
    const url = URL.createObjectURL(new Blob(chunks, { type }))
    setTimeout(() => {
      URL.revokeObjectURL(url)
    }, KEPT_MS)
    if (tab)
      tab.location.replace(
        `${url}${mediaType === 'application/pdf' ? `#page=${String(page)}` : ''}`,
      )
    else save(url, displayName)
  } catch (error) {
    tab?.close()
    throw error
  }
}

function withCharset(mediaType: string): string {
  return mediaType === 'text/plain' ? 'text/plain;charset=utf-8' : mediaType
}

/** Has the browser save what an address holds. */
export function save(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
