import { useEffect, useRef, useState } from 'react'
import { ExportConversationsRequest_Format as Format } from '@/gen/parley/chat/v1/transfer_service_pb'
import { TransferService } from '@/gen/parley/chat/v1/transfer_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { exportTo } from './exporting'
import { openSink, fileName } from '@/shared/lib/sinks'
import type { FileKind } from '@/shared/lib/sinks'

export const KINDS: Record<Format.JSON | Format.MARKDOWN, FileKind> = {
  [Format.JSON]: { extension: 'json', type: 'application/json', description: 'JSON' },
  [Format.MARKDOWN]: { extension: 'md', type: 'text/markdown', description: 'Markdown' },
}

export type ExportFormat = keyof typeof KINDS

export type ExportState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly bytes: number }
  | { readonly phase: 'saved'; readonly bytes: number; readonly name: string }
  | { readonly phase: 'failed'; readonly problem: Problem }

/** Exports, one at a time, for as long as the page is there. */
export function useExport(user: string) {
  const client = useClient(TransferService)
  const [state, setState] = useState<ExportState>({ phase: 'idle' })
  const running = useRef<AbortController>(undefined)
  useEffect(
    () => () => {
      running.current?.abort()
    },
    [],
  )

  /** Exports these conversations, or all if none are named. */
  const start = async (format: ExportFormat, conversations: readonly string[]) => {
    const abort = new AbortController()
    const name = fileName(KINDS[format].extension, new Date())
    let bytes = 0
    try {
      const sink = await openSink(name, KINDS[format])
      if (!sink) return
      running.current = abort
      setState({ phase: 'running', bytes })
      const request = { parent: user, format, conversations: [...conversations] }
      await exportTo(client, request, sink, {
        signal: abort.signal,
        onProgress: (written) => {
          bytes = written
          setState({ phase: 'running', bytes })
        },
      })
      setState({ phase: 'saved', bytes, name })
    } catch (error) {
      if (abort.signal.aborted) setState({ phase: 'idle' })
      else setState({ phase: 'failed', problem: fileProblem(error) ?? problemOf(error) })
    }
  }
  return {
    state,
    start,
    cancel: () => {
      running.current?.abort()
    },
  }
}

/** The browser, not Parley, could not write the file. */
function fileProblem(error: unknown): Problem | undefined {
  if (!(error instanceof DOMException)) return undefined
  const { reason } = problemOf(error)
  const text = 'The file can’t be written there. Choose another place, or make room for it.'
  return { reason, text, retry: true }
}
