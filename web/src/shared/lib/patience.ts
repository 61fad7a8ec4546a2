const FIRST_MS = 200
const LONGEST_MS = 5_000

/** How long to wait before trying again: longer each time, until something has worked. */
export class Patience {
  #next = FIRST_MS

  worked(): void {
    this.#next = FIRST_MS
  }

  /** Waits, and for the network if there is none. Over at once when it is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const delay = this.#next
    this.#next = Math.min(delay * 2, LONGEST_MS)
    await until(signal, (done) => {
      const timer = setTimeout(done, delay)
      return () => {
        clearTimeout(timer)
      }
    })
    if (onLine() === false) await online(signal)
  }
}

/** Not known outside a browser. */
function onLine(): boolean | undefined {
  return navigator.onLine
}

function online(signal: AbortSignal): Promise<void> {
  return until(signal, (done) => {
    globalThis.addEventListener('online', done)
    return () => {
      globalThis.removeEventListener('online', done)
    }
  })
}

/** Settles once `begin` says so or the signal is aborted, and cleans up after both. */
function until(signal: AbortSignal, begin: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = () => {
      end()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const end = begin(done)
    signal.addEventListener('abort', done)
  })
}
