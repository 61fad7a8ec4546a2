import { useState } from 'react'

/**
 * Gives what a form sends its request ID: the same for as long as it says the same. Pressing again
 * because no answer came is then still one request; what says something else is another.
 */
export function requestIds(): (content: unknown) => string {
  let last: { readonly content: string; readonly id: string } | undefined
  return (content) => {
    const written = JSON.stringify(content)
    if (last?.content !== written) last = { content: written, id: crypto.randomUUID() }
    return last.id
  }
}

/** The request IDs of one form, from when it is opened until it is closed. */
export function useRequestIds(): (content: unknown) => string {
  const [idFor] = useState(requestIds)
  return idFor
}
