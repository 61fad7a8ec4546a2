import type { Client } from '@connectrpc/connect'
import type { SpeechService } from '@/gen/parley/llm/v1/speech_service_pb'
import { pieces } from './spoken'

/**
 * The most characters that are spoken at once. An endpoint may answer only when all of them are
 * spoken, and the edge ends a stream that was silent for a minute.
 */
const MAX_TEXT = 600

/** Speaks a text, piece after piece, until it is over or aborted. */
export async function readAloud(
  client: Client<typeof SpeechService>,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const parts = pieces(text, MAX_TEXT)
  let coming: Promise<Blob> | undefined
  for (const [at, piece] of parts.entries()) {
    const audio = await (coming ?? synthesized(client, piece, signal))
    // Made while this one is heard, so that there is no silence between them.
    const next = parts[at + 1]
    coming = next === undefined ? undefined : synthesized(client, next, signal)
    // What goes wrong with it is told when its turn comes.
    coming?.catch(() => undefined)
    const url = URL.createObjectURL(audio)
    try {
      await played(url, signal)
    } finally {
      URL.revokeObjectURL(url)
    }
    if (signal.aborted) return
  }
}

async function synthesized(
  client: Client<typeof SpeechService>,
  text: string,
  signal: AbortSignal,
): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let type = ''
  for await (const response of client.synthesizeSpeech({ text }, { signal, timeoutMs: 0 })) {
    chunks.push(new Uint8Array(response.chunk))
    type ||= response.mediaType
  }
  return new Blob(chunks, { type: type.startsWith('audio/') ? type : 'audio/mpeg' })
}

function played(url: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const audio = new Audio(url)
    const stop = () => {
      audio.pause()
      resolve()
    }
    signal.addEventListener('abort', stop)
    audio.onended = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    audio.onerror = () => {
      reject(new Error('this browser cannot play it'))
    }
    audio.play().catch(reject)
  })
}
