/** Where a file goes that is made piece by piece. */
export interface Sink {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>
  /** The file is whole: it is the person's now. */
  close(): Promise<void>
  /** It never became whole: nothing of it is kept. */
  discard(): Promise<void>
}

export interface FileKind {
  readonly extension: 'json' | 'jsonl' | 'md'
  readonly type: string
  readonly description: string
}

type ShowSaveFilePicker = (options: {
  readonly suggestedName: string
  readonly types: readonly {
    readonly description: string
    readonly accept: Record<string, readonly string[]>
  }[]
}) => Promise<FileSystemFileHandle & { readonly remove?: () => Promise<void> }>

// What is larger than this the browser may keep on disk, and not in memory.
const PART_BYTES = 4 * 1024 * 1024
const READ_WITHIN_MS = 10 * 60_000

/**
 * Asks where to write to, if the browser can write to files: then nothing is held in memory.
 * In others, the file comes as a download once it is whole. Undefined if the person thinks better
 * of it.
 */
export async function openSink(name: string, kind: FileKind): Promise<Sink | undefined> {
  const { showSaveFilePicker: pick } = globalThis as { showSaveFilePicker?: ShowSaveFilePicker }
  if (!pick) return new Download(name, kind.type)
  const { description, type, extension } = kind
  const types = [{ description, accept: { [type]: [`.${extension}`] } }]
  try {
    return await writing(await pick({ suggestedName: name, types }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  }
}

/** Writes to a file, which is changed only at the end. */
async function writing(file: Awaited<ReturnType<ShowSaveFilePicker>>): Promise<Sink> {
  const existed = (await file.getFile()).size > 0
  const writable = await file.createWritable()
  return {
    write: (chunk) => writable.write(chunk),
    close: () => writable.close(),
    discard: async () => {
      await writable.abort()
      // The browser has made an empty file for the name that was picked.
      if (!existed) await file.remove?.()
    },
  }
}

/** Collects a file, in parts that the browser can put away. */
export class Download implements Sink {
  #parts: Blob[] = []
  #chunks: Uint8Array<ArrayBuffer>[] = []
  #size = 0

  constructor(
    private readonly name: string,
    private readonly type: string,
    private readonly save: (file: Blob, name: string) => void = saveBlob,
  ) {}

  write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#chunks.push(chunk)
    this.#size += chunk.byteLength
    if (this.#size >= PART_BYTES) this.#seal()
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#seal()
    this.save(new Blob(this.#parts, { type: this.type }), this.name)
    return this.discard()
  }

  discard(): Promise<void> {
    this.#parts = []
    this.#chunks = []
    this.#size = 0
    return Promise.resolve()
  }

  #seal(): void {
    this.#parts.push(new Blob(this.#chunks))
    this.#chunks = []
    this.#size = 0
  }
}

function saveBlob(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Some browsers ask the person first where to, and read it only then.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, READ_WITHIN_MS)
}

/** Names a file after the day on which it was made. */
export function fileName(extension: string, now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = [String(now.getFullYear()), two(now.getMonth() + 1), two(now.getDate())].join('-')
  return `parley-${day}.${extension}`
}
