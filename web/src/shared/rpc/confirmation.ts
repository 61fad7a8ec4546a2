interface Waiting {
  readonly resolve: () => void
  readonly decline: () => void
}

/**
 * Asks the person in front of the screen to show once more who they are, for calls that want
 * it. Calls that want it at the same time share one question.
 */
export class Confirmation {
  #waiting: readonly Waiting[] = []
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether somebody has to be asked. */
  readonly wanted = (): boolean => this.#waiting.length > 0

  /** Waits until it is confirmed. Fails with `refusal` if it is not, or nobody can be asked. */
  ask(refusal: Error): Promise<void> {
    if (this.#listeners.size === 0) return Promise.reject(refusal)
    return new Promise((resolve, reject) => {
      const decline = () => {
        reject(refusal)
      }
      this.#set([...this.#waiting, { resolve, decline }])
    })
  }

  confirm(): void {
    for (const { resolve } of this.#end()) resolve()
  }

  decline(): void {
    for (const { decline } of this.#end()) decline()
  }

  #end(): readonly Waiting[] {
    const waiting = this.#waiting
    this.#set([])
    return waiting
  }

  #set(waiting: readonly Waiting[]): void {
    this.#waiting = waiting
    for (const listener of this.#listeners) listener()
  }
}
