import { describe, expect, it, vi } from 'vitest'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import { TransferService } from '@/gen/parley/chat/v1/transfer_service_pb'
import { exportTo } from './exporting'
import { Download, fileName, openSink } from '@/shared/lib/sinks'

const bytes = (text: string) => new TextEncoder().encode(text)
const REQUEST = { parent: 'users/u' }

/** A service that sends these chunks, and then ends as it is told. */
function serviceOf(chunks: readonly string[], end: () => Promise<void> = () => Promise.resolve()) {
  const transport = createRouterTransport((router) => {
    router.rpc(TransferService.method.exportConversations, async function* () {
      for (const chunk of chunks) yield { chunk: bytes(chunk) }
      await end()
    })
  })
  return createClient(TransferService, transport)
}

/** A download, and what was saved of it. */
function download() {
  const saved: [Blob, string][] = []
  const sink = new Download('parley.json', 'application/json', (...file) => saved.push(file))
  return { sink, saved }
}

describe('an export', () => {
  it('is saved whole, and says how far it is', async () => {
    const { sink, saved } = download()
    const progress: number[] = []

    await exportTo(serviceOf(['{"a":', '1}']), REQUEST, sink, {
      signal: new AbortController().signal,
      onProgress: (done) => progress.push(done),
    })

    expect(progress).toEqual([5, 7])
    const [[file, name] = []] = saved
    expect(await file?.text()).toBe('{"a":1}')
    expect([name, file?.type]).toEqual(['parley.json', 'application/json'])
  })

  it('keeps nothing when it breaks off', async () => {
    const { sink, saved } = download()
    const client = serviceOf(['{'], () =>
      Promise.reject(new ConnectError('gone', Code.Unavailable)),
    )

    const exported = exportTo(client, REQUEST, sink, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })

    await expect(exported).rejects.toThrow('gone')
    expect(saved).toEqual([])
  })

  it('keeps nothing when it is cancelled', async () => {
    const { sink, saved } = download()
    const abort = new AbortController()
    const client = serviceOf(['{'], () => new Promise(() => undefined))

    const exported = exportTo(client, REQUEST, sink, {
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    })

    await expect(exported).rejects.toThrow()
    expect(saved).toEqual([])
  })
})

it('comes in order when it is larger than a part', async () => {
  const { sink, saved } = download()
  const part = 'x'.repeat(3 * 1024 * 1024)
  for (const chunk of [part, `${part}1`, '2']) await sink.write(bytes(chunk))

  await sink.close()

  const text = await saved[0]?.[0].text()
  expect(text?.length).toBe(2 * part.length + 2)
  expect(text?.endsWith('x12')).toBe(true)
})

it('is a thing of the past when the person picks no file', async () => {
  vi.stubGlobal('showSaveFilePicker', () =>
    Promise.reject(new DOMException('no file', 'AbortError')),
  )
  const kind = { extension: 'json', type: 'application/json', description: 'JSON' } as const

  await expect(openSink('parley.json', kind)).resolves.toBeUndefined()

  vi.unstubAllGlobals()
})

it('is named after the day', () => {
  expect(fileName('md', new Date(2026, 4, 3))).toBe('parley-2026-05-03.md')
})
