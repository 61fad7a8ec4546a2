interface Press {
  readonly target: unknown
  readonly currentTarget: unknown
}

/**
 * Tells presses beside a dialog from what only ends there. A selection by mouse that begins in the
 * dialog and ends outside is a click on the dialog, too.
 */
export class Beside {
  #began = false

  began({ target, currentTarget }: Press): void {
    this.#began = target === currentTarget
  }

  ended({ target, currentTarget }: Press): boolean {
    return this.#began && target === currentTarget
  }
}
