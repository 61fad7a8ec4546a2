/** Twice the time between heartbeats, and some: a stream that is silent for longer is dead. */
const SILENCE_MS = 40_000

/** Calls back when nothing has broken the silence for too long. */
export class Silence {
  #timer: ReturnType<typeof setTimeout>

  constructor(private readonly tooLong: () => void) {
    this.#timer = setTimeout(tooLong, SILENCE_MS)
  }

  broken(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.tooLong, SILENCE_MS)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
