/** Collects things and hands them over once a frame. */
export class Frames<T> {
  #collected: T[] = []
  #cancel: (() => void) | undefined

  constructor(
    /** Runs what is given to it before the next frame. Returns what cancels that. */
    private readonly schedule: (callback: () => void) => () => void,
    private readonly flush: (collected: readonly T[]) => void,
  ) {}

  add(thing: T): void {
    this.#collected.push(thing)
    this.#cancel ??= this.schedule(() => {
      this.#hand()
    })
  }

  /** Hands over what there is, with a last thing. */
  finish(thing: T): void {
    this.#collected.push(thing)
    this.#cancel?.()
    this.#hand()
  }

  #hand(): void {
    const collected = this.#collected
    this.#collected = []
    this.#cancel = undefined
    this.flush(collected)
  }
}
