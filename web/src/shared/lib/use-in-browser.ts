import { useSyncExternalStore } from 'react'

/** Reads what a browser alone knows, and what stays while the page is open. */
export function useInBrowser<T>(read: () => T, before: T): T {
  return useSyncExternalStore(unchanging, read, () => before)
}

function unchanging() {
  return () => undefined
}
