import { useMutation } from '@tanstack/react-query'
import { AuditService } from '@/gen/parley/auth/v1/audit_service_pb'
import { fileName, openSink } from '@/shared/lib/sinks'
import { heard } from '@/shared/rpc/heard'
import { useClient } from '@/shared/rpc/rpc-context'
import { lineOf } from './exporting'

const KIND = { extension: 'jsonl', type: 'application/jsonl', description: 'JSON lines' } as const

/** Writes the log to a file. Unless it comes whole, nothing of it is kept. */
export function useAuditExport() {
  const client = useClient(AuditService)
  return useMutation({
    mutationFn: async () => {
      const sink = await openSink(`audit-${fileName(KIND.extension, new Date())}`, KIND)
      if (!sink) return undefined
      const encoder = new TextEncoder()
      let events = 0
      let whole = false
      try {
        const open = (call: object) => client.exportAuditEvents({}, call)
        for await (const response of heard(open, new AbortController().signal)) {
          await sink.write(encoder.encode(lineOf(response)))
          if (response.part.case === 'record') events += 1
          whole = response.part.case === 'head'
        }
        if (!whole) throw new Error('the export was cut')
        await sink.close()
        return events
      } catch (error) {
        await sink.discard().catch(() => undefined)
        throw error
      }
    },
  })
}
