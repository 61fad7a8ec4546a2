import { useEffect } from 'react'

/** Has the browser ask before the page is left, while something is under way. */
export function useLeaveWarning(underWay: boolean): void {
  useEffect(() => {
    if (!underWay) return
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault()
    }
    addEventListener('beforeunload', ask)
    return () => {
      removeEventListener('beforeunload', ask)
    }
  }, [underWay])
}
