import type { Client } from '@connectrpc/connect'
import type { SpeechService } from '@/gen/parley/llm/v1/speech_service_pb'
import { pieces } from './spoken'

/** The most characters that are spoken at once. */
const MAX_TEXT = 4_000

/** Speaks a text, piece after piece, until it is over or aborted. */
export async function readAloud(
  client: Client<typeof SpeechService>,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  for (const piece of pieces(text, MAX_TEXT)) {
    const audio = await synthesized(client, piece, signal)
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
