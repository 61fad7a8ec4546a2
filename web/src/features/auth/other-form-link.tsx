'use client'

import type { ReactNode } from 'react'
import Link from 'next/link'
import { useInBrowser } from '@/shared/lib/use-in-browser'

interface OtherFormLinkProps {
  readonly to: '/sign-in' | '/sign-up' | '/reset'
  readonly children: ReactNode
}

/** Leads to the other form, and from there to where this one would have led. */
export function OtherFormLink({ to, children }: OtherFormLinkProps) {
  const onwards = useInBrowser(() => location.search + location.hash, '')
  return (
    <Link href={to + onwards} className="font-medium text-accent underline underline-offset-4">
      {children}
    </Link>
  )
}
