import { beforeEach, describe, expect, it } from 'vitest'
import { Code, createClient, createRouterTransport } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import { until } from '@/shared/lib/testing'
import { PART_BYTES } from '@/shared/rpc/parts'
import { errorInfo, refusal } from '@/shared/rpc/testing'
import { MAX_BYTES } from './upload'
import { Uploads } from './uploads'

const USER = 'users/u'
const HERE = 'here'
const away = () => refusal(Code.Unavailable, errorInfo('UNAVAILABLE'))

/** Holds documents as the service does: parts in order, the same part taken twice. */
class Service {
  readonly documents = new Map<string, { size: number; data: Uint8Array; state: State }>()
  readonly parts: number[] = []
  readonly deleted: string[] = []
  /** Called before each part is taken, and each stream. */
  onPart: (count: number) => void = () => undefined
  onWatch: (count: number) => readonly State[] = () => [State.PROCESSING, State.READY]
  #watches = 0

  readonly client = createClient(
    DocumentService,
    createRouterTransport((router) => {
      router.rpc(DocumentService.method.createDocument, ({ document }) => {
        const name = `${USER}/documents/${String(this.documents.size)}`
        this.begin(name, Number(document?.sizeBytes))
        return { document: this.#document(name) }
      })
      router.rpc(DocumentService.method.getDocument, ({ name }) => ({
        document: this.#document(name),
      }))
      router.rpc(DocumentService.method.appendDocument, (request) => {
        const { name, data } = request
        const offset = Number(request.offset)
        this.parts.push(offset)
        this.onPart(this.parts.length)
        const kept = this.documents.get(name)
        if (!kept) throw refusal(Code.NotFound, errorInfo('DOCUMENT_NOT_FOUND'))
        if (offset > kept.data.length) {
          const expected = String(kept.data.length)
          throw refusal(Code.FailedPrecondition, errorInfo('UPLOAD_OUT_OF_ORDER', { expected }))
        }
        if (offset === kept.data.length) kept.data = new Uint8Array([...kept.data, ...data])
        if (kept.data.length === kept.size) kept.state = State.PROCESSING
        return { document: this.#document(name) }
      })
      router.rpc(DocumentService.method.watchDocument, ({ name }) => {
        this.#watches += 1
        return this.#watch(name, this.onWatch(this.#watches))
      })
      router.rpc(DocumentService.method.deleteDocument, ({ name }) => {
        this.deleted.push(name)
        return {}
      })
    }),
  )

  begin(name: string, size: number, data = new Uint8Array()): void {
    this.documents.set(name, { size, data, state: State.UPLOADING })
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a stream may have all it says at once
  async *#watch(name: string, states: readonly State[]) {
    for (const state of states) {
      const failureReason = ErrorReason.DOCUMENT_ENCRYPTED
      yield {
        document: {
          ...this.#document(name),
          state,
          ...(state === State.FAILED && { failureReason }),
        },
      }
    }
  }

  #document(name: string) {
    const { size = 0, data, state = State.UPLOADING } = this.documents.get(name) ?? {}
    return { name, state, sizeBytes: BigInt(size), uploadedBytes: BigInt(data?.length ?? 0) }
  }
}

function fileOf(size: number, name = 'a.pdf'): File {
  return new File([Uint8Array.from({ length: size }, (_, at) => at % 251)], name)
}

describe('files that are uploaded', () => {
  let service = new Service()
  let uploads: Uploads
  let settled = 0
  beforeEach(() => {
    service = new Service()
    settled = 0
    const onSettled = () => (settled += 1)
    uploads = new Uploads({ client: service.client, user: USER, onSettled })
  })
  const phases = () => uploads.of(HERE).map(({ phase }) => phase)
  const become = (...expected: string[]) =>
    until(() => {
      expect(phases()).toEqual(expected)
    })

  it('are sent part by part, one file after the other, until they are ready', async () => {
    const file = fileOf(2 * PART_BYTES + 1)

    uploads.add(HERE, [file, fileOf(3, 'b.txt')])

    await become('ready', 'ready')
    expect(service.parts).toEqual([0, PART_BYTES, 2 * PART_BYTES, 0])
    const [kept] = service.documents.values()
    expect(kept?.data).toEqual(new Uint8Array(await file.arrayBuffer()))
    expect(settled).toBe(2)
  })

  it('are gone on with when a connection breaks', async () => {
    service.onPart = (count) => {
      if (count === 2) throw away()
    }

    uploads.add(HERE, [fileOf(2 * PART_BYTES)])

    await become('ready')
    expect(service.parts).toEqual([0, PART_BYTES, PART_BYTES])
  })

  it('are gone on with where the service has got to', async () => {
    const name = `${USER}/documents/old`
    const file = fileOf(2 * PART_BYTES)
    const half = new Uint8Array(await file.slice(0, PART_BYTES).arrayBuffer())
    service.begin(name, file.size, half)

    uploads.add(HERE, [file], { document: name })

    await become('ready')
    expect(service.parts).toEqual([PART_BYTES])
    expect(service.documents.get(name)?.data).toEqual(new Uint8Array(await file.arrayBuffer()))
  })

  it('are sent again from where the service says that it is', async () => {
    service.onPart = (count) => {
      const [kept] = service.documents.values()
      // As if what it had said to have was lost.
      if (count === 2 && kept) kept.data = kept.data.slice(0, 100)
    }
    const file = fileOf(2 * PART_BYTES)

    uploads.add(HERE, [file])

    await become('ready')
    expect(service.parts.slice(0, 3)).toEqual([0, PART_BYTES, 100])
    const [kept] = service.documents.values()
    expect(kept?.data).toEqual(new Uint8Array(await file.arrayBuffer()))
  })

  it('are watched again when the stream is cut', async () => {
    service.onWatch = (count) => (count === 1 ? [State.PROCESSING] : [State.READY])

    uploads.add(HERE, [fileOf(1)])

    await become('ready')
  })

  it('say in words why one cannot be read, and do not hold up the next', async () => {
    service.onWatch = (count) => (count === 1 ? [State.FAILED] : [State.READY])

    uploads.add(HERE, [fileOf(1), fileOf(2)])

    await become('failed', 'ready')
    expect(uploads.of(HERE)[0]?.problem?.text).toBe('This file opens with a password only.')
  })

  it('are refused here when they are empty or too large', () => {
    const large = fileOf(1)
    Object.defineProperty(large, 'size', { value: MAX_BYTES + 1 })

    uploads.add(HERE, [fileOf(0), large])

    expect(phases()).toEqual(['failed', 'failed'])
    expect(service.documents.size).toBe(0)
  })

  it('are not kept when they are taken away before they are ready', async () => {
    service.onWatch = () => [State.FAILED]
    uploads.add(HERE, [fileOf(1)])
    await become('failed')
    const [upload] = uploads.of(HERE)

    uploads.remove(HERE, upload?.id ?? '')

    expect(phases()).toEqual([])
    await until(() => {
      expect(service.deleted).toEqual([upload?.document])
    })
  })

  it('come back when what they were sent with is taken back', async () => {
    uploads.add(HERE, [fileOf(1, 'a.pdf')])
    await become('ready')
    const documents = uploads.of(HERE).map(({ document }) => document)
    uploads.clear(HERE)
    expect(phases()).toEqual([])

    uploads.restore(HERE, documents)
    uploads.restore(HERE, documents)

    expect(uploads.of(HERE)).toMatchObject([{ name: 'a.pdf', phase: 'ready' }])
    expect(service.deleted).toEqual([])
  })
})
