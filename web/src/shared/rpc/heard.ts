import { Code, ConnectError } from '@connectrpc/connect'
import type { CallOptions } from '@connectrpc/connect'
import { Silence } from '@/shared/lib/silence'

/** Reads a stream for as long as it takes, and cuts it when nothing comes any more. */
export async function* heard<T>(
  open: (call: CallOptions) => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const cut = new AbortController()
  const silence = new Silence(() => {
    cut.abort(new ConnectError('nothing comes any more', Code.Unavailable))
  })
  try {
    const call = { signal: AbortSignal.any([signal, cut.signal]), timeoutMs: 0 }
    for await (const response of open(call)) {
      silence.broken()
      yield response
    }
  } finally {
    silence.end()
  }
}
