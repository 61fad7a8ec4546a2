import { Document_Flag as Flag, Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import { counted } from '@/shared/lib/counted'
import { sizeOf } from '@/shared/lib/sizes'
import { explain } from '@/shared/rpc/problem'

const FLAGS: Partial<Record<Flag, string>> = {
  [Flag.TRUNCATED]: 'It is too long: only the beginning is read.',
  [Flag.PAGES_WITHOUT_TEXT]: 'Some pages are only pictures, which hold no text.',
  [Flag.ACTIVE_CONTENT]: 'Macros or other active content in it were left out.',
  [Flag.NAME_MISLEADS]: 'Its name promises another kind of file than it is.',
  [Flag.NO_EMBEDDING]: 'Only its words can be found, not its meaning. Reindex it later.',
}

/** Says how far a document is, and how much there is of it. */
export function aboutDocument(document: Document): string {
  const { state, sizeBytes, uploadedBytes, pageCount, passageCount } = document
  const size = sizeOf(Number(sizeBytes))
  switch (state) {
    case State.UPLOADING:
      return `Not whole yet: ${sizeOf(Number(uploadedBytes))} of ${size}`
    case State.PROCESSING:
      return `Being read, ${String(document.progressPercent)} % · ${size}`
    case State.FAILED:
      return `${explain(document.failureReason).text} · ${size}`
    default:
      return [
        size,
        pageCount > 0 && counted(pageCount, 'page'),
        passageCount > 0 && counted(passageCount, 'passage'),
      ]
        .filter(Boolean)
        .join(' · ')
  }
}

/** Says what is missing although it is ready. */
export function missingIn({ flags }: Pick<Document, 'flags'>): readonly string[] {
  return flags.flatMap((flag) => FLAGS[flag] ?? [])
}
