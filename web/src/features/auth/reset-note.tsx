'use client'

import { useInBrowser } from '@/shared/lib/use-in-browser'

/** Tells who comes from setting a new password that it is set. */
export function ResetNote() {
  const reset = useInBrowser(() => new URLSearchParams(location.search).has('reset'), false)
  if (!reset) return null
  return (
    <p role="status" className="mt-6 text-ink-2">
      Your new password is set, and you are signed out everywhere. Sign in with it.
    </p>
  )
}
