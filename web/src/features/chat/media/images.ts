import { Code, ConnectError } from '@connectrpc/connect'
import type { Client } from '@connectrpc/connect'
import type { ImageService } from '@/gen/parley/llm/v1/image_service_pb'

export interface Wish {
  readonly prompt: string
  readonly count: number
  /** As `1024x1024`; empty for the endpoint's own. */
  readonly size: string
}

export interface Picture {
  readonly data: Uint8Array<ArrayBuffer>
  readonly mediaType: string
}

// What a browser shows as a picture and nothing else.
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif'])

/** Has images made, and hands each over as it comes. */
export async function makeImages(
  client: Client<typeof ImageService>,
  wish: Wish,
  signal: AbortSignal,
  onPicture: (picture: Picture) => void,
): Promise<void> {
  for await (const { event } of client.generateImages(wish, { signal, timeoutMs: 0 })) {
    if (event.case === 'completed') return
    if (event.case !== 'image') continue
    const { data, mediaType } = event.value
    if (!SHOWN.has(mediaType)) throw new ConnectError('not an image', Code.Internal)
    onPicture({ data: new Uint8Array(data), mediaType })
  }
  throw new ConnectError('the stream was cut', Code.Unavailable)
}

/** Names a file after what is seen on it. */
export function fileNameOf(prompt: string, number: number, mediaType: string): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const name = words.slice(0, 6).join('-').slice(0, 60) || 'image'
  return `${name}-${String(number)}.${mediaType.slice('image/'.length)}`
}
