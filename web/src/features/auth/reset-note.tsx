'use client'

import { useInBrowser } from '@/shared/lib/use-in-browser'
import { Icon } from '@/shared/ui/icon'

/** Tells who comes from setting a new password that it is set. */
export function ResetNote() {
  const reset = useInBrowser(() => new URLSearchParams(location.search).has('reset'), false)
  if (!reset) return null
  return (
    <p
      role="status"
      className="mt-6 flex animate-arrive gap-3 rounded-xl bg-accent-wash px-4 py-3 text-[0.9375rem] text-accent"
    >
      <Icon name="check" className="mt-[0.2em] size-[1.125rem]" />
      Your new password is set, and you are signed out everywhere. Sign in with it.
    </p>
  )
}
