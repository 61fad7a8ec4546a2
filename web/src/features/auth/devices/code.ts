const LETTERS = /[^BCDFGHJKLMNPQRSTVWXZ]/g
const LENGTH = 8

/** Shows a code as terminals do, however it was typed; what can’t be part of one is left out. */
export function codeAsShown(typed: string): string {
  const letters = typed.toUpperCase().replace(LETTERS, '').slice(0, LENGTH)
  const half = LENGTH / 2
  return letters.length > half ? `${letters.slice(0, half)}-${letters.slice(half)}` : letters
}

/** Whether all letters of a code are there. */
export function isWhole(code: string): boolean {
  return code.replace('-', '').length === LENGTH
}

/** Reads the code that a link carries after its `#`, where no server sees it. */
export function codeInLink(hash: string): string {
  return codeAsShown(hash.replace('#', ''))
}
