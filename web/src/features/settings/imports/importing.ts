import { Code, ConnectError } from '@connectrpc/connect'
import type { CallOptions, Client } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import type { ImportJob, TransferService } from '@/gen/parley/chat/v1/transfer_service_pb'
import { Patience } from '@/shared/lib/patience'
import { heard } from '@/shared/rpc/heard'
import { PART_BYTES, PART_TIMEOUT_MS } from '@/shared/rpc/parts'
import { TEMPORARY, persistently } from '@/shared/rpc/persistence'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import type { ImportAction } from './progress'
import type { Unfinished, UnfinishedImports } from './unfinished'

interface Options {
  readonly client: Client<typeof TransferService>
  readonly user: string
  readonly unfinished: UnfinishedImports
  readonly signal: AbortSignal
  /** Told what happens. */
  readonly dispatch: (action: ImportAction) => void
}

/**
 * Brings one file in: uploads it part by part and has it read. Goes on by itself when a connection
 * breaks, and with an upload of the same file that was cut, also one of yesterday's page.
 */
export class Importing {
  constructor(private readonly options: Options) {}

  /** Imports a file, or throws what keeps it from being imported. */
  async file(file: File): Promise<void> {
    const { unfinished, dispatch } = this.options
    const { name, size, lastModified } = file
    dispatch({ type: 'begun', file: name, size })
    const begin = async (): Promise<Unfinished> => ({
      job: await this.#begin(size),
      file: { name, size, lastModified },
      uploadedBytes: 0,
      beginMs: Date.now(),
    })
    const known = unfinished.find(file, Date.now())
    try {
      await this.#upload(known ?? (await begin()), file)
    } catch (error) {
      if (!known || !isAnother(error)) throw error
      unfinished.forget(known.job)
      await this.#upload(await begin(), file)
    }
  }

  /** Goes on with an import whose file has arrived whole. */
  async uploaded(entry: Unfinished): Promise<void> {
    this.options.dispatch({ type: 'begun', file: entry.file.name, size: entry.file.size })
    await this.#read(entry.job)
  }

  async #begin(size: number): Promise<string> {
    const { client, user, signal } = this.options
    const request = {
      parent: user,
      importJob: { sizeBytes: BigInt(size) },
      requestId: crypto.randomUUID(),
    }
    const { importJob } = await this.#persistently(() => client.createImport(request, { signal }))
    return required(importJob).name
  }

  async #upload(entry: Unfinished, file: Blob): Promise<void> {
    const { unfinished, dispatch } = this.options
    unfinished.remember(entry)
    // The first part is sent in any case: the answer says how much is there.
    for (let offset = 0; offset < file.size;) {
      const part = await file.slice(offset, offset + PART_BYTES).arrayBuffer()
      const uploaded = await this.#uploadPart(entry.job, offset, new Uint8Array(part))
      if (uploaded <= offset) throw new ConnectError('nothing was taken', Code.Internal)
      offset = uploaded
      unfinished.remember({ ...entry, uploadedBytes: offset })
      dispatch({ type: 'uploaded', bytes: offset })
    }
    await this.#read(entry.job)
  }

  async #uploadPart(name: string, offset: number, data: Uint8Array): Promise<number> {
    const { client, signal } = this.options
    const request = { name, offset: BigInt(offset), data }
    const call = { signal, timeoutMs: PART_TIMEOUT_MS }
    const { importJob } = await this.#persistently(() => client.uploadImport(request, call))
    return Number(required(importJob).uploadedBytes)
  }

  /** Has the file read, in stream after stream until one says how it ended. */
  async #read(name: string): Promise<void> {
    const { client, dispatch, signal, unfinished } = this.options
    const open = (call: CallOptions) => client.runImport({ name }, call)
    const patience = new Patience()
    dispatch({ type: 'reads' })
    for (;;) {
      try {
        let atOnce = true
        for await (const response of heard(open, signal)) {
          // An import that has ended says so at once. One that ends in between may only have been
          // interrupted, by a store that was away for a moment: that is seen by asking again.
          const sure = atOnce || response.done?.complete !== false
          dispatch({ type: 'read', response: sure ? response : { ...response, done: undefined } })
          if (response.done && sure) {
            unfinished.forget(name)
            return
          }
          if (!atOnce && sure) patience.worked()
          atOnce = false
        }
        throw new ConnectError('the stream is over', Code.Unavailable)
      } catch (error) {
        const problem = problemOf(error)
        if (problem.reason === ErrorReason.IMPORT_NOT_FOUND) unfinished.forget(name)
        // It may be that nobody has told the run yet that this page had gone.
        const running = problem.reason === ErrorReason.IMPORT_RUNNING
        if (signal.aborted || !(running || TEMPORARY.has(problem.reason))) throw error
        dispatch({ type: 'waits', problem })
      }
      await patience.wait(signal)
    }
  }

  #persistently<T>(call: () => Promise<T>): Promise<T> {
    const { signal, dispatch } = this.options
    const onWait = (problem: Problem) => {
      dispatch({ type: 'waits', problem })
    }
    return persistently(call, { signal, onWait })
  }
}

/** The import that was to be gone on with is gone, or of another file. */
function isAnother(error: unknown): boolean {
  const { reason } = problemOf(error)
  return reason === ErrorReason.IMPORT_NOT_FOUND || reason === ErrorReason.UPLOAD_OUT_OF_ORDER
}

function required(job: ImportJob | undefined): ImportJob {
  if (!job) throw new ConnectError('no import came', Code.Internal)
  return job
}
