/** A file, as the browser knows it again when it is chosen a second time. */
export interface FileId {
  readonly name: string
  readonly size: number
  readonly lastModified: number
}

/** An import that was begun and not ended. */
export interface Unfinished {
  /** Format: users/{user}/imports/{import} */
  readonly job: string
  readonly file: FileId
  readonly uploadedBytes: number
  readonly beginMs: number
}

// Parley drops what is not run within a day.
const KEPT_MS = 24 * 60 * 60_000
const MOST = 10

/** Remembers the unfinished imports of a user in this browser, so that they can be gone on with. */
export class UnfinishedImports {
  readonly #key: string

  constructor(
    user: string,
    private readonly storage: Storage,
  ) {
    this.#key = `parley.imports:${user}`
  }

  list(nowMs: number): readonly Unfinished[] {
    return this.#all().filter(({ beginMs }) => beginMs > nowMs - KEPT_MS)
  }

  find(file: FileId, nowMs: number): Unfinished | undefined {
    return this.list(nowMs).find((each) => sameFile(each.file, file))
  }

  remember(entry: Unfinished): void {
    this.#write([entry, ...this.#others(entry.job)].slice(0, MOST))
  }

  forget(job: string): void {
    this.#write(this.#others(job))
  }

  #others(job: string): Unfinished[] {
    return this.#all().filter((each) => each.job !== job)
  }

  #all(): readonly Unfinished[] {
    try {
      const found: unknown = JSON.parse(this.storage.getItem(this.#key) ?? '[]')
      return Array.isArray(found) ? found.filter(isUnfinished) : []
    } catch {
      return []
    }
  }

  #write(entries: readonly Unfinished[]): void {
    if (!entries.length) this.storage.removeItem(this.#key)
    else
      try {
        this.storage.setItem(this.#key, JSON.stringify(entries))
      } catch {
        // A browser that keeps nothing cannot go on with a file after a reload; that is all.
      }
  }
}

export function sameFile(one: FileId, other: FileId): boolean {
  const { name, size, lastModified } = one
  return name === other.name && size === other.size && lastModified === other.lastModified
}

/** Anything may stand in a browser's storage. */
function isUnfinished(value: unknown): value is Unfinished {
  const entry = value as Partial<Unfinished> | null
  return (
    typeof entry?.job === 'string' &&
    typeof entry.file?.name === 'string' &&
    typeof entry.file.size === 'number' &&
    typeof entry.file.lastModified === 'number' &&
    typeof entry.uploadedBytes === 'number' &&
    typeof entry.beginMs === 'number'
  )
}
