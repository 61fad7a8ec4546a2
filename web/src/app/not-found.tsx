import type { Metadata } from 'next'
import Link from 'next/link'
import { buttonClass } from '@/shared/ui/button'
import { Mark } from '@/shared/ui/mark'

export const metadata: Metadata = { title: 'Nothing here' }

export default function NotFoundPage() {
  return (
    <main className="mx-auto flex min-h-page max-w-md flex-col items-start justify-center px-6 py-16">
      <Mark className="size-8" />
      <h1 className="mt-6 font-serif text-5xl font-medium tracking-tight">Nothing here</h1>
      <p className="mt-4 text-lg text-ink-2 text-pretty">
        No page lives at this address. It may have been mistyped, or what it led to is gone.
      </p>
      <Link href="/" className={buttonClass('primary', 'mt-8')}>
        Go to the beginning
      </Link>
    </main>
  )
}
