import { useEffect, useRef } from 'react'
import type { RefObject } from 'react'

// With the first of these, people go where they want themselves.
const ACTS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const

/**
 * Shows the section that the address names, which the browser looked for before there was one,
 * and keeps it in view while what stands before it is loaded. Returns where the sections are.
 */
export function useArrival<T extends HTMLElement>(): RefObject<T | null> {
  const sections = useRef<T>(null)
  useEffect(() => {
    const section = document.getElementById(location.hash.slice(1))
    if (!section || !sections.current) return
    const observer = new ResizeObserver(() => {
      section.scrollIntoView()
    })
    observer.observe(sections.current)
    const end = () => {
      observer.disconnect()
      for (const act of ACTS) removeEventListener(act, end)
    }
    for (const act of ACTS) addEventListener(act, end, { passive: true })
    return end
  }, [])
  return sections
}
