import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { explain, problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'

export const MAX_BYTES = 64 * 1024 * 1024

/**
 * A file on its way to be a document:
 * - `waiting`: others are uploaded first;
 * - `uploading`, `processing`: it is under way;
 * - `ready`: answers can rest on it;
 * - `failed`: it cannot be had, and `problem` says why.
 */
export interface Upload {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly phase: 'waiting' | 'uploading' | 'processing' | 'ready' | 'failed'
  readonly uploaded: number
  readonly percent: number
  /** Format: users/{user}/documents/{document}; empty until the upload is begun. */
  readonly document: string
  /** What keeps it from going on for the moment. */
  readonly trouble?: Problem | undefined
  readonly problem?: Problem
}

export type UploadAction =
  | { readonly type: 'begun' }
  | { readonly type: 'stored'; readonly document: Document }
  /** It is tried again by itself. */
  | { readonly type: 'waits'; readonly problem: Problem }
  | { readonly type: 'failed'; readonly problem: Problem }

/** A file that is about to be uploaded. */
export function chosen(id: string, { name, size }: Pick<File, 'name' | 'size'>): Upload {
  return { id, name, size, phase: 'waiting', uploaded: 0, percent: 0, document: '' }
}

/** Returns what is known of an upload after one more thing has happened. */
export function reduceUpload(upload: Upload, action: UploadAction): Upload {
  const rest = { ...upload, trouble: undefined }
  switch (action.type) {
    case 'begun':
      return { ...rest, phase: 'uploading' }
    case 'stored':
      return stored(rest, action.document)
    case 'waits':
      return { ...rest, trouble: action.problem }
    case 'failed':
      return { ...rest, phase: 'failed', problem: action.problem }
  }
}

function stored(upload: Upload, document: Document): Upload {
  const { name, state, uploadedBytes, progressPercent: percent, failureReason: reason } = document
  const known = { ...upload, document: name, uploaded: Number(uploadedBytes), percent }
  switch (state) {
    case State.PROCESSING:
      return { ...known, phase: 'processing' }
    case State.READY:
      return { ...known, phase: 'ready' }
    case State.FAILED:
      return { ...known, phase: 'failed', problem: { reason, ...explain(reason) } }
    default:
      return { ...known, phase: 'uploading' }
  }
}

/** Whether nothing more happens to it. */
export function isSettled({ phase }: Upload): boolean {
  return phase === 'ready' || phase === 'failed'
}

/** Says how far a file is. */
export function aboutUpload({ phase, uploaded, size, percent, trouble, problem }: Upload): string {
  if (trouble) return `${trouble.text} Trying again…`
  switch (phase) {
    case 'waiting':
      return 'Waiting'
    case 'uploading':
      return `Uploading, ${String(Math.floor((uploaded / Math.max(size, 1)) * 100))} %`
    case 'processing':
      return `Being read, ${String(percent)} %`
    case 'ready':
      return 'Ready'
    case 'failed':
      return problem?.text ?? 'It failed.'
  }
}

/** Says what the server would not accept, without sending it all there. */
export function faultIn({ size }: Pick<File, 'size'>): Problem | undefined {
  if (size === 0) {
    return { reason: ErrorReason.INVALID_FIELD, text: 'This file is empty.', retry: false }
  }
  if (size <= MAX_BYTES) return undefined
  const reason = ErrorReason.DOCUMENT_TOO_LARGE
  return { reason, text: 'This file is too large: it may have 67 MB.', retry: false }
}

/** Whatever is thrown while a file is uploaded, in words. */
export function problemWith(thrown: unknown): Problem {
  // Of the calls, none throws this: the file was moved, changed or unplugged.
  if (!(thrown instanceof DOMException) || thrown.name === 'AbortError') return problemOf(thrown)
  const text = 'The file can’t be read any more. Choose it again.'
  return { reason: ErrorReason.UNSPECIFIED, text, retry: false }
}
