'use client'

import Link from 'next/link'
import { RequireNobody } from '@/features/auth/gates'
import { buttonClass } from '@/shared/ui/button'
import { Mark } from '@/shared/ui/mark'

/** Welcomes those who are not signed in; the others go on to their conversations. */
export default function WelcomePage() {
  return (
    <RequireNobody>
      <main className="mx-auto flex min-h-page max-w-2xl flex-col justify-center px-6 py-16">
        <Mark className="size-10" />
        <h1 className="mt-8 font-serif text-7xl font-medium tracking-[-0.03em] sm:text-8xl">
          parley
        </h1>
        <p className="mt-3 text-ink-3">
          <span aria-hidden="true">/ˈpɑːli/</span>{' '}
          <i className="font-serif not-italic">noun, verb</i>
        </p>
        <ol className="mt-8 max-w-[34rem] space-y-3 font-serif text-xl leading-relaxed text-pretty">
          <li className="flex gap-4">
            <span className="text-ink-3 tabular-nums">1</span>
            <span>
              A conversation, most of all between two sides that mean to understand each other.
            </span>
          </li>
          <li className="flex gap-4">
            <span className="text-ink-3 tabular-nums">2</span>
            <span>
              A place to talk with language models that runs on your own machines and keeps what is
              said there.
            </span>
          </li>
        </ol>
        <div className="mt-12 flex flex-wrap gap-3">
          <Link href="/sign-up" className={buttonClass('primary', 'h-11 px-5')}>
            Create an account
          </Link>
          <Link href="/sign-in" className={buttonClass('outline', 'h-11 px-5')}>
            Sign in
          </Link>
        </div>
      </main>
    </RequireNobody>
  )
}
