'use client'

import { useState } from 'react'
import Link from 'next/link'
import type { DeviceAuthorization } from '@/gen/parley/auth/v1/device_service_pb'
import { Wordmark } from '@/shared/ui/mark'
import { usePageTitle } from '@/shared/ui/use-page-title'
import { SignOut } from '../sign-out'
import { CodeForm } from './code-form'
import { DeviceAsks } from './device-asks'
import { endingOf } from './standing'
import type { Ending } from './standing'

interface Found {
  readonly code: string
  readonly device: DeviceAuthorization
}

/** Finds the terminal that shows a code, says who asks, and lets the person decide. */
export function DevicePage() {
  const [found, setFound] = useState<Found>()
  const [ending, setEnding] = useState<Ending>()
  usePageTitle('Sign a terminal in')

  const take = (code: string, device: DeviceAuthorization) => {
    setFound({ code, device })
    setEnding(endingOf(device.state))
  }
  const again = () => {
    setFound(undefined)
    setEnding(undefined)
  }
  return (
    <div className="flex min-h-page flex-col">
      <header className="flex items-center justify-between p-5 sm:p-6">
        <Link href="/chat" className="inline-block rounded-md">
          <Wordmark />
        </Link>
        <SignOut />
      </header>
      <main className="mx-auto w-full max-w-[27rem] flex-1 px-6 pt-[max(1.5rem,7vh)] pb-16">
        {ending ? (
          <Ended ending={ending} onAgain={again} />
        ) : found ? (
          <DeviceAsks {...found} onEnd={setEnding} onBack={again} />
        ) : (
          <CodeForm onFound={take} />
        )}
      </main>
    </div>
  )
}

function Ended({ ending, onAgain }: { readonly ending: Ending; readonly onAgain: () => void }) {
  return (
    <div role="status" className="animate-arrive">
      <h1 className="font-serif text-4xl font-medium tracking-tight">{ending.title}</h1>
      <p className="mt-3 text-pretty text-ink-2">{ending.text}</p>
      <p className="mt-8 flex flex-wrap gap-x-6 gap-y-2">
        <Link href="/chat" className="font-medium text-accent underline underline-offset-4">
          To your conversations
        </Link>
        <button
          type="button"
          onClick={onAgain}
          className="rounded text-ink-2 underline underline-offset-4 hover:text-ink"
        >
          Enter another code
        </button>
      </p>
    </div>
  )
}
