import type { Upload } from '@/shared/llm/uploads/upload'

/** The most files that may come with a message. */
export const MAX_ATTACHED = 10

/** Returns the documents that can be sent. */
export function readyIn(uploads: readonly Upload[]): readonly string[] {
  return uploads.filter(({ phase }) => phase === 'ready').map(({ document }) => document)
}

/** Says what has to happen to the files before the message can be sent. */
export function waitingFor(uploads: readonly Upload[]): string | undefined {
  if (uploads.length > MAX_ATTACHED) return `At most ${String(MAX_ATTACHED)} files can come with it`
  if (uploads.some(({ phase }) => phase === 'failed')) return 'Remove the file that failed first'
  const underWay = uploads.some(({ phase }) => phase !== 'ready')
  return underWay ? 'The files are not ready yet' : undefined
}
