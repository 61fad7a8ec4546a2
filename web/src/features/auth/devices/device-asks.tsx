'use client'

import type { ReactNode, SubmitEvent } from 'react'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { DeviceAuthorization } from '@/gen/parley/auth/v1/device_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAttempt } from '../use-attempt'
import { useDevices } from './api'
import { APPROVED, DENIED, endingAfter, IDLE_DAYS, LONGEST_DAYS, rightsOf } from './standing'
import type { Ending } from './standing'

interface DeviceAsksProps {
  readonly code: string
  readonly device: DeviceAuthorization
  readonly onEnd: (ending: Ending) => void
  readonly onBack: () => void
}

/** Says who asks, and what for. */
export function DeviceAsks({ code, device, onEnd, onBack }: DeviceAsksProps) {
  const devices = useDevices()
  const { pending, problem, attempt } = useAttempt()

  const decide = (approve: boolean) =>
    attempt(async () => {
      try {
        await (approve ? devices.approve(code) : devices.deny(code))
        onEnd(approve ? APPROVED : DENIED)
      } catch (error) {
        const ending = endingAfter(problemOf(error).reason)
        if (!ending) throw error
        onEnd(ending)
      }
    })
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    void decide(true)
  }
  return (
    <form onSubmit={submit} className="animate-arrive">
      <h1 className="font-serif text-4xl font-medium tracking-tight">Let it in?</h1>
      <p className="mt-2 text-pretty text-ink-2">
        A terminal asks to be signed in as you. Approve only if you started this yourself, just now.
      </p>
      <dl className="mt-6 divide-y divide-line rounded-xl border border-line bg-raised px-4 text-[0.9375rem]">
        <Row name="Code">
          <span className="font-mono tracking-[0.18em]">{code}</span>
        </Row>
        <Row name="Calls itself">{device.displayName}</Row>
        <Row name="Address">{device.address || 'unknown'}</Row>
        {device.createTime && (
          <Row name="Asked at">{timestampDate(device.createTime).toLocaleTimeString()}</Row>
        )}
      </dl>
      <h2 className="mt-6 text-sm font-medium">It would be able to</h2>
      <ul className="mt-1.5 list-disc space-y-0.5 pl-5 text-[0.9375rem] text-ink-2">
        {rightsOf(device.scopes).map((right) => (
          <li key={right}>{right}</li>
        ))}
      </ul>
      <p className="mt-3 text-[0.9375rem] text-pretty text-ink-2">
        Until you end its session in your account; by itself it ends after {IDLE_DAYS} days without
        use, and after {LONGEST_DAYS} days in any case.
      </p>
      <p className="mt-4 rounded-xl bg-danger-wash px-4 py-3 text-[0.9375rem] text-pretty text-danger">
        Did somebody send you this link or code? Then refuse: they would be in your account. Parley
        never asks you to approve a code.
      </p>
      {problem && (
        <div className="mt-6">
          <ProblemNote problem={problem} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button type="submit" busy={pending} className="h-11 flex-1">
          {pending ? 'One moment…' : 'Sign it in'}
        </Button>
        <Button
          look="outline"
          className="h-11 flex-1"
          busy={pending}
          onClick={() => void decide(false)}
        >
          Refuse
        </Button>
      </div>
      <p className="mt-5 text-center text-sm">
        <button
          type="button"
          onClick={onBack}
          className="rounded text-ink-2 underline underline-offset-4 hover:text-ink"
        >
          Another code
        </button>
      </p>
    </form>
  )
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex gap-4 py-2.5">
      <dt className="w-24 shrink-0 text-ink-3">{name}</dt>
      <dd className="min-w-0 flex-1">{children}</dd>
    </div>
  )
}
