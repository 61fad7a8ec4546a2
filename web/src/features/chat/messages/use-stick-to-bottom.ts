import { useCallback, useEffect, useRef, useState } from 'react'

/**
 * Keeps a scrolled box at its end while what is in it grows, until the reader scrolls up.
 * - `box` scrolls, `content` is what is in it;
 * - `away` says that the reader has left the end;
 * - `toEnd` goes there, and stays.
 */
export function useStickToBottom() {
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const [away, setAway] = useState(false)

  const toEnd = useCallback(() => {
    stuck.current = true
    setAway(false)
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [])

  useEffect(() => {
    const scrolled = box.current
    const inside = content.current
    if (!scrolled || !inside) return
    let last = scrolled.scrollTop
    const onScroll = () => {
      const { scrollTop, scrollHeight, clientHeight } = scrolled
      const left = scrollHeight - scrollTop - clientHeight
      if (left < 8) stuck.current = true
      else if (scrollTop < last) stuck.current = false
      last = scrollTop
      setAway(!stuck.current && left > 120)
    }
    const observer = new ResizeObserver(() => {
      if (stuck.current) scrolled.scrollTop = scrolled.scrollHeight
    })
    observer.observe(scrolled)
    observer.observe(inside)
    scrolled.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      scrolled.removeEventListener('scroll', onScroll)
    }
  }, [])

  return { box, content, away, toEnd }
}
