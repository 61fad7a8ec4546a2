import { describe, expect, it } from 'vitest'
import { Code, createClient, createRouterTransport } from '@connectrpc/connect'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { ImageService } from '@/gen/parley/llm/v1/image_service_pb'
import type { GenerateImagesResponseSchema } from '@/gen/parley/llm/v1/image_service_pb'
import { errorInfo, refusal } from '@/shared/rpc/testing'
import { problemOf } from '@/shared/rpc/problem'
import { fileNameOf, makeImages } from './images'

type Response = MessageInitShape<typeof GenerateImagesResponseSchema>

const WISH = { prompt: 'A badger', count: 1, size: '' }
const image = (mediaType: string): Response => ({
  event: { case: 'image', value: { data: new Uint8Array([1]), mediaType } },
})
const COMPLETED: Response = { event: { case: 'completed', value: { model: 'x' } } }

async function made(...responses: Response[]): Promise<string[]> {
  const client = createClient(
    ImageService,
    createRouterTransport((router) => {
      router.rpc(ImageService.method.generateImages, () => at_once(responses))
    }),
  )
  const types: string[] = []
  await makeImages(client, WISH, new AbortController().signal, ({ mediaType }) => {
    types.push(mediaType)
  })
  return types
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream may have all it says at once
async function* at_once(responses: readonly Response[]) {
  if (responses.length === 0) throw refusal(Code.Unavailable, errorInfo('IMAGES_UNAVAILABLE'))
  yield* responses
}

describe('images', () => {
  it('are handed over as they come', async () => {
    const heartbeat: Response = { event: { case: 'heartbeat', value: {} } }
    expect(await made(image('image/png'), heartbeat, image('image/webp'), COMPLETED)).toEqual([
      'image/png',
      'image/webp',
    ])
  })

  it('are only shown when they are images [asvs 1.3.4]', async () => {
    await expect(made(image('image/svg+xml'), COMPLETED)).rejects.toThrow('not an image')
  })

  it('say that the stream was cut', async () => {
    await expect(made(image('image/png'))).rejects.toThrow('cut')
  })

  it('say that there is no model for them', async () => {
    const refused = await made().catch((error: unknown) => problemOf(error))
    expect(refused).toMatchObject({ text: 'There is no model for images right now.' })
  })

  it('are saved under what is seen on them', () => {
    expect(fileNameOf('A badger, digging!', 2, 'image/png')).toBe('a-badger-digging-2.png')
    expect(fileNameOf('…', 1, 'image/webp')).toBe('image-1.webp')
  })
})
