import type { Client } from '@connectrpc/connect'
import type { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import { chosen, faultIn, isSettled, problemWith, reduceUpload } from './upload'
import type { Upload, UploadAction } from './upload'
import { Uploading } from './uploading'

const NONE: readonly Upload[] = []

export interface UploadsOptions {
  readonly client: Client<typeof DocumentService>
  readonly user: string
  /** Told when one is ready or has failed. */
  readonly onSettled: () => void
}

interface Where {
  /** Format: users/{user}/collections/{collection}; empty for none. */
  readonly collection?: string
  /** The document that the file is the rest of. */
  readonly document?: string
}

/**
 * The files that this page uploads, by the place that they are shown at. They are uploaded one
 * after the other, and go on while something else is on the screen.
 */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #places = new Map<string, readonly Upload[]>()
  readonly #aborts = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()
  /** All that were ever ready here, by their documents. */
  readonly #ready = new Map<string, Upload>()
  #line: Promise<unknown> = Promise.resolve()

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  of(place: string): readonly Upload[] {
    return this.#places.get(place) ?? NONE
  }

  /** Whether a file is still on its way, at whatever place. */
  underWay(): boolean {
    return [...this.#places.values()].some((uploads) => uploads.some((one) => !isSettled(one)))
  }

  /** Uploads files, in their order. */
  add(place: string, files: readonly File[], where: Where = {}): void {
    for (const file of files) {
      const upload = chosen(crypto.randomUUID(), file)
      this.#set(place, [...this.of(place), upload])
      const problem = faultIn(file)
      if (problem) this.#advance(place, upload.id, { type: 'failed', problem })
      else void this.#run(place, upload.id, file, where)
    }
  }

  /** Shows a file no longer. One that is not ready is not kept either. */
  remove(place: string, id: string): void {
    const upload = this.of(place).find((other) => other.id === id)
    this.#end(id)
    this.#set(
      place,
      this.of(place).filter((other) => other.id !== id),
    )
    if (!upload?.document || upload.phase === 'ready') return
    const gone = { name: upload.document, allowMissing: true, requestId: crypto.randomUUID() }
    // If that fails, what is not whole is dropped after a day, and the rest is in the library.
    this.#options.client.deleteDocument(gone).then(this.#options.onSettled, () => undefined)
  }

  /** Shows what is ready no longer: it is in use. */
  clear(place: string): void {
    this.#set(
      place,
      this.of(place).filter(({ phase }) => phase !== 'ready'),
    )
  }

  /** Shows documents again that were taken away by `clear`. */
  restore(place: string, documents: readonly string[]): void {
    const back = documents.map(
      (document) =>
        this.#ready.get(document) ?? {
          ...chosen(document, { name: 'A file', size: 0 }),
          phase: 'ready' as const,
          document,
        },
    )
    const shown = new Set(this.of(place).map(({ document }) => document))
    this.#set(place, [...this.of(place), ...back.filter(({ document }) => !shown.has(document))])
  }

  close(): void {
    for (const id of [...this.#aborts.keys()]) this.#end(id)
  }

  async #run(place: string, id: string, file: File, where: Where): Promise<void> {
    const abort = new AbortController()
    this.#aborts.set(id, abort)
    const { signal } = abort
    const { client, user } = this.#options
    const dispatch = (action: UploadAction) => {
      if (!signal.aborted) this.#advance(place, id, action)
    }
    const uploading = new Uploading({ client, user, signal, dispatch })
    const before = this.#line
    const sent = before.then(async () => {
      if (signal.aborted) return undefined
      dispatch({ type: 'begun' })
      const document = await uploading.begin(file, where)
      await uploading.send(file, document)
      return document
    })
    // Whatever becomes of this one, the next one's turn comes.
    this.#line = sent.catch(() => undefined)
    try {
      const document = await sent
      if (document) await uploading.watch(document.name)
    } catch (error) {
      dispatch({ type: 'failed', problem: problemWith(error) })
    }
    this.#aborts.delete(id)
  }

  #advance(place: string, id: string, action: UploadAction): void {
    const before = this.of(place).find((upload) => upload.id === id)
    if (!before) return
    const after = reduceUpload(before, action)
    if (after.phase === 'ready') this.#ready.set(after.document, after)
    this.#set(
      place,
      this.of(place).map((upload) => (upload === before ? after : upload)),
    )
    if (isSettled(after) && !isSettled(before)) this.#options.onSettled()
  }

  #end(id: string): void {
    this.#aborts.get(id)?.abort()
    this.#aborts.delete(id)
  }

  #set(place: string, uploads: readonly Upload[]): void {
    this.#places.set(place, uploads)
    for (const listener of this.#listeners) listener()
  }
}
