import type {
  RunImportResponse,
  RunImportResponse_Skipped,
} from '@/gen/parley/chat/v1/transfer_service_pb'
import type { Problem } from '@/shared/rpc/problem'

/** What came of a file so far. */
export interface Report {
  readonly conversations: number
  readonly messages: number
  /** What was left out, as far as Parley tells: the first thousand. */
  readonly skipped: readonly RunImportResponse_Skipped[]
  readonly skippedCount: number
}

export type ImportState =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'uploading' | 'reading'
      readonly file: string
      readonly done: number
      readonly size: number
      readonly report: Report
      /** Why nothing goes on at the moment. */
      readonly waiting?: Problem
    }
  /** `problem`: why not the whole file was read, or empty. */
  | {
      readonly phase: 'ended'
      readonly file: string
      readonly report: Report
      readonly problem: string
    }
  | { readonly phase: 'cancelled'; readonly file: string; readonly report: Report }
  | {
      readonly phase: 'failed'
      readonly file: string
      readonly report: Report
      readonly problem: Problem
    }

export type ImportAction =
  | { readonly type: 'begun'; readonly file: string; readonly size: number }
  | { readonly type: 'uploaded'; readonly bytes: number }
  | { readonly type: 'waits'; readonly problem: Problem }
  | { readonly type: 'reads' }
  | { readonly type: 'read'; readonly response: RunImportResponse }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly problem: Problem }

const NOTHING: Report = { conversations: 0, messages: 0, skipped: [], skippedCount: 0 }

/** Says what is to be seen of an import after something has happened to it. */
export function reduceImport(state: ImportState, action: ImportAction): ImportState {
  if (action.type === 'begun') {
    return {
      phase: 'uploading',
      file: action.file,
      done: 0,
      size: action.size,
      report: NOTHING,
    }
  }
  if (state.phase !== 'uploading' && state.phase !== 'reading') return state
  const { file, report, size, phase } = state
  switch (action.type) {
    case 'uploaded':
      return { phase, file, done: action.bytes, size, report }
    case 'waits':
      return { ...state, waiting: action.problem }
    case 'reads':
      return { phase: 'reading', file, done: 0, size, report }
    case 'read': {
      const { response } = action
      const after = reported(report, response)
      return response.done
        ? { phase: 'ended', file, report: after, problem: problemIn(response.done) }
        : { phase: 'reading', file, done: Number(response.readBytes), size, report: after }
    }
    case 'cancelled':
      return { phase: 'cancelled', file, report }
    case 'failed':
      return { phase: 'failed', file, report, problem: action.problem }
  }
}

function reported(before: Report, response: RunImportResponse): Report {
  return {
    conversations: response.importedConversations,
    messages: response.importedMessages,
    // Each is told of once, whatever becomes of the stream.
    skipped: [...before.skipped, ...response.skipped],
    skippedCount: response.skippedCount,
  }
}

function problemIn({ complete, problem }: { complete: boolean; problem: string }): string {
  return complete ? '' : problem || 'The file was not read to its end.'
}
