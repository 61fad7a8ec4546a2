import { useCallback } from 'react'
import type { RefCallback } from 'react'

/** Gives a text an address in this browser, for as long as the element that shows it is there. */
export function useBlob<T extends HTMLImageElement | HTMLAnchorElement>(
  text: string,
  type: string,
): RefCallback<T> {
  return useCallback(
    (element: T) => {
      const url = URL.createObjectURL(new Blob([text], { type }))
      element.setAttribute(element instanceof HTMLImageElement ? 'src' : 'href', url)
      return () => {
        URL.revokeObjectURL(url)
      }
    },
    [text, type],
  )
}
