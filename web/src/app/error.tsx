'use client'

import { Button } from '@/shared/ui/button'
import { Mark } from '@/shared/ui/mark'

/** What is left of a page that has a defect. */
export default function ErrorPage() {
  return (
    <main className="mx-auto flex min-h-page max-w-md flex-col items-start justify-center px-6 py-16">
      <Mark className="size-8" />
      <h1 className="mt-6 font-serif text-5xl font-medium tracking-tight">That broke</h1>
      <p className="mt-4 text-lg text-ink-2 text-pretty">
        This page has a defect. What you wrote and what was answered is safe on the server.
      </p>
      <Button
        className="mt-8"
        onClick={() => {
          location.reload()
        }}
      >
        Reload the page
      </Button>
    </main>
  )
}
