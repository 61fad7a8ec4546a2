import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Code, createClient, createRouterTransport } from '@connectrpc/connect'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { TransferService } from '@/gen/parley/chat/v1/transfer_service_pb'
import type { RunImportResponseSchema } from '@/gen/parley/chat/v1/transfer_service_pb'
import { PART_BYTES } from '@/shared/rpc/parts'
import { errorInfo, refusal } from '@/shared/rpc/testing'
import { Importing } from './importing'
import { reduceImport } from './progress'
import type { ImportState } from './progress'
import { memoryStorage } from './testing'
import { UnfinishedImports } from './unfinished'

type Response = MessageInitShape<typeof RunImportResponseSchema>

const USER = 'users/u'
const away = () => refusal(Code.Unavailable, errorInfo('UNAVAILABLE'))
const DONE: Response = { importedConversations: 1, importedMessages: 2, done: { complete: true } }

/** Holds imports as the service does: parts in order, the same part taken twice. */
class Service {
  readonly imports = new Map<string, { size: number; data: Uint8Array }>()
  readonly parts: number[] = []
  readonly runs: string[] = []
  /** Called before each part is taken, and each run. */
  onPart: (count: number) => void = () => undefined
  onRun: (count: number) => readonly Response[] = () => [{}, DONE]

  readonly client = createClient(
    TransferService,
    createRouterTransport((router) => {
      router.rpc(TransferService.method.createImport, ({ importJob }) => {
        const name = `${USER}/imports/${String(this.imports.size)}`
        this.imports.set(name, { size: Number(importJob?.sizeBytes), data: new Uint8Array() })
        return { importJob: this.#job(name) }
      })
      router.rpc(TransferService.method.uploadImport, (request) => {
        const { name, data } = request
        const offset = Number(request.offset)
        this.parts.push(offset)
        this.onPart(this.parts.length)
        const kept = this.imports.get(name)
        if (!kept) throw refusal(Code.NotFound, errorInfo('IMPORT_NOT_FOUND'))
        const known = kept.data.slice(offset, offset + data.length)
        if (offset < kept.data.length && equal(known, data)) return { importJob: this.#job(name) }
        if (offset !== kept.data.length) {
          const expected = String(kept.data.length)
          throw refusal(Code.FailedPrecondition, errorInfo('UPLOAD_OUT_OF_ORDER', { expected }))
        }
        kept.data = new Uint8Array([...kept.data, ...data])
        return { importJob: this.#job(name) }
      })
      router.rpc(TransferService.method.runImport, ({ name }) => {
        this.runs.push(name)
        return at_once(this.onRun(this.runs.length))
      })
    }),
  )

  #job(name: string) {
    const { size = 0, data } = this.imports.get(name) ?? {}
    return { name, sizeBytes: BigInt(size), uploadedBytes: BigInt(data?.length ?? 0) }
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream may have all it says at once
async function* at_once(responses: readonly Response[]) {
  yield* responses
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}

function fileOf(size: number, fill = 1): File {
  return new File([new Uint8Array(size).fill(fill)], 'a.zip', { lastModified: 7 })
}

describe('bringing a file in', () => {
  let service = new Service()
  let unfinished = new UnfinishedImports(USER, memoryStorage())
  beforeEach(() => {
    service = new Service()
    unfinished = new UnfinishedImports(USER, memoryStorage())
  })

  /** Does something as a page does it, until it is over or fails. */
  async function page(
    bringIn: (importing: Importing) => Promise<void>,
    abort = new AbortController(),
  ): Promise<ImportState> {
    let state: ImportState = { phase: 'idle' }
    const importing = new Importing({
      client: service.client,
      user: USER,
      unfinished,
      signal: abort.signal,
      dispatch: (action) => (state = reduceImport(state, action)),
    })
    await bringIn(importing)
    return state
  }
  const left = () => unfinished.list(Date.now())

  it('uploads it part by part, has it read, and leaves nothing unfinished', async () => {
    const file = fileOf(2 * PART_BYTES + 1)

    const state = await page((importing) => importing.file(file))

    expect(state).toMatchObject({ phase: 'ended', problem: '', report: { conversations: 1 } })
    expect(service.parts).toEqual([0, PART_BYTES, 2 * PART_BYTES])
    const [kept] = service.imports.values()
    expect(kept?.data).toEqual(new Uint8Array(await file.arrayBuffer()))
    expect(left()).toEqual([])
  })

  it('sends a part again when the connection breaks', async () => {
    service.onPart = (count) => {
      if (count === 2) throw away()
    }

    const state = await page((importing) => importing.file(fileOf(2 * PART_BYTES)))

    expect(state.phase).toBe('ended')
    expect(service.parts).toEqual([0, PART_BYTES, PART_BYTES])
  })

  it('goes on with an upload that was cut, when the same file is chosen again', async () => {
    const abort = new AbortController()
    service.onPart = (count) => {
      if (count === 3) abort.abort()
    }
    const file = fileOf(4 * PART_BYTES)
    await expect(page((importing) => importing.file(file), abort)).rejects.toThrow()
    expect(left()).toMatchObject([{ uploadedBytes: 2 * PART_BYTES }])
    service.parts.length = 0

    const state = await page((importing) => importing.file(fileOf(4 * PART_BYTES)))

    expect(state.phase).toBe('ended')
    expect(service.imports.size).toBe(1)
    // The first tells how far it is; the third may have arrived before the page was gone.
    expect(service.parts[0]).toBe(0)
    expect(service.parts[1]).toBeGreaterThanOrEqual(2 * PART_BYTES)
  })

  it.each(['gone', 'another'])('begins anew when what was begun is %s', async (what) => {
    const job = `${USER}/imports/old`
    const file = fileOf(PART_BYTES)
    if (what === 'another') {
      service.imports.set(job, { size: PART_BYTES, data: new Uint8Array(9) })
    }
    const { name, size, lastModified } = file
    const begun = { job, uploadedBytes: 9, beginMs: Date.now() }
    unfinished.remember({ ...begun, file: { name, size, lastModified } })

    const state = await page((importing) => importing.file(file))

    expect(state.phase).toBe('ended')
    expect(service.runs).toEqual([expect.not.stringContaining('old')])
    expect(left()).toEqual([])
  })

  it('asks again how the reading goes when a stream is cut, or runs elsewhere', async () => {
    service.onRun = (count) => {
      if (count === 1) return [{ importedConversations: 1 }]
      if (count === 2) throw refusal(Code.Aborted, errorInfo('IMPORT_RUNNING'))
      return [{}, DONE]
    }

    const state = await page((importing) => importing.file(fileOf(1)))

    expect(state.phase).toBe('ended')
    expect(service.runs).toHaveLength(3)
  })

  it('asks again when it was interrupted, and takes no for an answer when it has ended', async () => {
    const problem = 'The file is no export of Parley, ChatGPT or Claude.'
    const broken: Response = { done: { complete: false, problem } }
    service.onRun = (count) => (count < 3 ? [{}, broken] : [broken])

    const state = await page((importing) => importing.file(fileOf(1)))

    expect(state).toMatchObject({ phase: 'ended', problem })
    expect(service.runs).toHaveLength(3)
    expect(left()).toEqual([])
  })

  it('goes on without the file once it is uploaded', async () => {
    const abort = new AbortController()
    service.onRun = () => {
      abort.abort()
      return [{}]
    }
    await expect(page((importing) => importing.file(fileOf(5)), abort)).rejects.toThrow()
    const [entry] = left()
    expect(entry?.uploadedBytes).toBe(5)
    service.onRun = () => [DONE]

    const state = await page(async (importing) => {
      if (entry) await importing.uploaded(entry)
    })

    expect(state.phase).toBe('ended')
    expect(service.parts).toEqual([0])
  })

  it('does not try again what would be refused again', async () => {
    vi.spyOn(service.client, 'createImport').mockRejectedValue(
      refusal(Code.ResourceExhausted, errorInfo('TOO_MANY_IMPORTS')),
    )
    await expect(page((importing) => importing.file(fileOf(1)))).rejects.toThrow('refused')
    expect(left()).toEqual([])
  })
})
