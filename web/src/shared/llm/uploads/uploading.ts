import { Code, ConnectError } from '@connectrpc/connect'
import type { CallOptions, Client } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Document_State as State } from '@/gen/parley/llm/v1/document_pb'
import type { Document } from '@/gen/parley/llm/v1/document_pb'
import type { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import { Patience } from '@/shared/lib/patience'
import { detailsOf } from '@/shared/rpc/error-details'
import { heard } from '@/shared/rpc/heard'
import { PART_BYTES, PART_TIMEOUT_MS } from '@/shared/rpc/parts'
import { TEMPORARY, persistently } from '@/shared/rpc/persistence'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import type { UploadAction } from './upload'

const MAX_NAME = 255

interface Options {
  readonly client: Client<typeof DocumentService>
  readonly user: string
  readonly signal: AbortSignal
  /** Told what happens. */
  readonly dispatch: (action: UploadAction) => void
}

/** Makes one file a document. Goes on by itself when a connection breaks. */
export class Uploading {
  constructor(private readonly options: Options) {}

  /** Begins a document for a file; with a `document`, goes on with one that was begun. */
  async begin(file: File, { collection = '', document = '' }): Promise<Document> {
    const { client, user: parent, signal } = this.options
    if (document) {
      const got = await this.#persistently(() => client.getDocument({ name: document }, { signal }))
      return this.#stored(got.document)
    }
    const about = { displayName: [...file.name].slice(0, MAX_NAME).join('') || 'Untitled' }
    const request = {
      parent,
      document: { ...about, collection, sizeBytes: BigInt(file.size) },
      requestId: crypto.randomUUID(),
    }
    const created = await this.#persistently(() => client.createDocument(request, { signal }))
    return this.#stored(created.document)
  }

  /** Uploads what is missing of a file, part by part. */
  async send(file: File, begun: Document): Promise<void> {
    let offset = Number(begun.uploadedBytes)
    let state = begun.state
    while (offset < file.size && state === State.UPLOADING) {
      const part = await file.slice(offset, offset + PART_BYTES).arrayBuffer()
      const document = await this.#part(begun.name, offset, new Uint8Array(part))
      const uploaded = typeof document === 'number' ? document : Number(document.uploadedBytes)
      if (uploaded === offset) throw new ConnectError('nothing was taken', Code.Internal)
      if (typeof document !== 'number') ({ state } = document)
      offset = uploaded
    }
  }

  /** Waits until a document is ready or has failed, in stream after stream. */
  async watch(name: string): Promise<void> {
    const { client, signal, dispatch } = this.options
    const open = (call: CallOptions) => client.watchDocument({ name }, call)
    const patience = new Patience()
    for (;;) {
      try {
        for await (const { document } of heard(open, signal)) {
          const { state } = this.#stored(document)
          if (state === State.READY || state === State.FAILED) return
          patience.worked()
        }
        throw new ConnectError('the stream is over', Code.Unavailable)
      } catch (error) {
        const problem = problemOf(error)
        if (signal.aborted || !TEMPORARY.has(problem.reason)) throw error
        dispatch({ type: 'waits', problem })
      }
      await patience.wait(signal)
    }
  }

  /** Uploads a part; returns the document, or where the part to send instead begins. */
  async #part(name: string, offset: number, data: Uint8Array): Promise<Document | number> {
    const { client, signal } = this.options
    const request = { name, offset: BigInt(offset), data }
    const call = { signal, timeoutMs: PART_TIMEOUT_MS }
    try {
      const { document } = await this.#persistently(() => client.appendDocument(request, call))
      return this.#stored(document)
    } catch (error) {
      if (problemOf(error).reason !== ErrorReason.UPLOAD_OUT_OF_ORDER) throw error
      const expected = Number(detailsOf(ConnectError.from(error)).metadata['expected'])
      if (Number.isNaN(expected)) throw error
      return expected
    }
  }

  #stored(document: Document | undefined): Document {
    if (!document) throw new ConnectError('no document came', Code.Internal)
    this.options.dispatch({ type: 'stored', document })
    return document
  }

  #persistently<T>(call: () => Promise<T>): Promise<T> {
    const { signal, dispatch } = this.options
    const onWait = (problem: Problem) => {
      dispatch({ type: 'waits', problem })
    }
    return persistently(call, { signal, onWait })
  }
}
