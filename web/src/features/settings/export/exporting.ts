import type { CallOptions, Client } from '@connectrpc/connect'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type {
  ExportConversationsRequestSchema,
  TransferService,
} from '@/gen/parley/chat/v1/transfer_service_pb'
import { heard } from '@/shared/rpc/heard'
import type { Sink } from '@/shared/lib/sinks'

export type Request = MessageInitShape<typeof ExportConversationsRequestSchema>

interface Options {
  readonly signal: AbortSignal
  /** Told how many bytes are written. */
  readonly onProgress: (bytes: number) => void
}

/** Writes an export to a sink. Unless it comes whole, nothing of it is kept. */
export async function exportTo(
  client: Client<typeof TransferService>,
  request: Request,
  sink: Sink,
  { signal, onProgress }: Options,
): Promise<void> {
  const open = (call: CallOptions) => client.exportConversations(request, call)
  try {
    let bytes = 0
    for await (const { chunk } of heard(open, signal)) {
      // A copy: the chunk is a window on what came over the network, which need not be kept.
      await sink.write(new Uint8Array(chunk))
      onProgress((bytes += chunk.byteLength))
    }
    await sink.close()
  } catch (error) {
    // What went wrong first is what to say.
    await sink.discard().catch(() => undefined)
    throw error
  }
}
