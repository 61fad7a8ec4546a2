'use client'

import { useEffect } from 'react'
import type { ReactNode } from 'react'
import { useRouter } from 'next/navigation'
import type { ActingState } from '@/shared/rpc/acting'
import { useActing, useRpc } from '@/shared/rpc/rpc-context'
import { Icon } from '@/shared/ui/icon'
import { useStopActing } from './acting'

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const BAR = 'sticky top-0 z-40 flex h-(--banner) items-center gap-3 px-4 md:px-6'

/** Says on every page, for as long as it lasts, that somebody acts as somebody else. */
export function ActingBanner() {
  const acting = useActing()
  if (!acting) return null
  return acting.over ? <Over acting={acting} /> : <UnderWay acting={acting} />
}

function UnderWay({ acting }: { readonly acting: ActingState }) {
  const stop = useStopActing()
  const router = useRouter()
  return (
    <aside
      aria-label="Acting as somebody else"
      className={`acting ${BAR} bg-danger text-danger-ink`}
    >
      <Icon name="person" className="size-5" />
      <p role="status" className="min-w-0 flex-1 leading-tight">
        <span className="block truncate font-medium">You act as {acting.displayName}</span>
        <span className="block truncate text-[0.8125rem]">
          until {CLOCK.format(acting.until)}, {acting.email}
        </span>
      </p>
      <BarButton
        onClick={() => {
          stop()
          router.replace('/admin')
        }}
      >
        Stop
        <span className="max-sm:sr-only"> acting as them</span>
      </BarButton>
    </aside>
  )
}

function Over({ acting }: { readonly acting: ActingState }) {
  const { session } = useRpc()
  const router = useRouter()
  useEffect(() => {
    // What was open was theirs.
    router.replace('/admin')
  }, [router])
  return (
    <aside
      aria-label="No longer acting as somebody else"
      className={`acted ${BAR} bg-ink text-paper`}
    >
      <Icon name="person" className="size-5" />
      <p role="status" className="min-w-0 flex-1 leading-tight">
        <span className="block truncate font-medium">You are yourself again</span>
        <span className="block truncate text-[0.8125rem]">
          The time to act as {acting.displayName} is over.
        </span>
      </p>
      <BarButton
        onClick={() => {
          session.endActing()
        }}
      >
        Close
      </BarButton>
    </aside>
  )
}

function BarButton(props: { readonly onClick: () => void; readonly children: ReactNode }) {
  return (
    <button
      type="button"
      {...props}
      className="h-10 shrink-0 rounded-lg border border-current px-3.5 text-[0.9375rem] font-medium whitespace-nowrap hover:bg-current/15 focus-visible:outline-current"
    />
  )
}
