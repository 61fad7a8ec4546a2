import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { explain, problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'

const MAX_BYTES = 512 * 1024 * 1024

const ADVICE: Partial<Record<ErrorReason, string>> = {
  [ErrorReason.IMPORT_TOO_LARGE]:
    'A file may have 537 MB. If it is a zip file, unpack it, and choose the conversations.json in it.',
  [ErrorReason.TOO_MANY_IMPORTS]:
    'Three are unfinished. Go on with one of them, or wait: each is dropped a day after it was begun.',
  [ErrorReason.IMPORT_NOT_FOUND]: 'Choose the file again.',
}

/** What to do about a problem, if there is anything to say. */
export function adviceOn({ reason }: Problem): string | undefined {
  return ADVICE[reason]
}

/** Says what the server would not accept, without sending it all there. */
export function faultIn({ size }: Blob): Problem | undefined {
  if (size === 0) {
    const text = 'This file is empty. Choose the one that you were sent.'
    return { reason: ErrorReason.INVALID_FIELD, text, retry: false }
  }
  if (size <= MAX_BYTES) return undefined
  const reason = ErrorReason.IMPORT_TOO_LARGE
  return { reason, ...explain(reason) }
}

/** Whatever is thrown while a file is brought in, in words. */
export function problemWith(thrown: unknown): Problem {
  // Of the calls, none throws this: the file was moved, changed or unplugged.
  if (!(thrown instanceof DOMException) || thrown.name === 'AbortError') return problemOf(thrown)
  const text = 'The file can’t be read any more. Choose it again.'
  return { reason: ErrorReason.UNSPECIFIED, text, retry: false }
}
