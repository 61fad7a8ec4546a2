'use client'

import { useState, useSyncExternalStore } from 'react'
import type { SubmitEvent } from 'react'
import type { DeviceAuthorization } from '@/gen/parley/auth/v1/device_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAttempt } from '../use-attempt'
import { useDevices } from './api'
import { codeAsShown, codeInLink, isWhole } from './code'

interface CodeFormProps {
  readonly onFound: (code: string, device: DeviceAuthorization) => void
}

/** Asks for the code that a terminal shows; a link may have brought it. */
export function CodeForm({ onFound }: CodeFormProps) {
  const linked = useLinkedCode()
  const [typed, setTyped] = useState<string>()
  const [short, setShort] = useState(false)
  const devices = useDevices()
  const { pending, problem, attempt } = useAttempt()
  const code = typed ?? linked
  const unknown = problem?.reason === ErrorReason.DEVICE_NOT_FOUND

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setShort(!isWhole(code))
    if (!isWhole(code)) return
    void attempt(async () => {
      const device = await devices.find(code)
      if (device) onFound(code, device)
    })
  }
  return (
    <>
      <h1 className="font-serif text-4xl font-medium tracking-tight">Sign a terminal in</h1>
      <p className="mt-2 text-pretty text-ink-2">
        {linked && typed === undefined
          ? 'Is this the code that your terminal shows? Then go on.'
          : 'Enter the code that your terminal shows.'}
      </p>
      <form noValidate onSubmit={submit} className="mt-8 space-y-5">
        <Field
          label="Code"
          name="code"
          value={code}
          onChange={(event) => {
            setTyped(codeAsShown(event.target.value))
            setShort(false)
          }}
          autoComplete="off"
          autoCapitalize="characters"
          autoFocus
          spellCheck={false}
          placeholder="XXXX-XXXX"
          className="font-mono text-lg tracking-[0.18em] uppercase"
          fault={short || unknown ? faultOf(unknown && !short) : undefined}
        />
        {problem && !unknown && <ProblemNote problem={problem} />}
        <Button type="submit" busy={pending} className="h-11 w-full">
          {pending ? 'Looking…' : 'Continue'}
        </Button>
      </form>
    </>
  )
}

function faultOf(unknown: boolean): string {
  return unknown
    ? 'No terminal shows this code. Look at it once more.'
    : 'A code has eight letters.'
}

function useLinkedCode(): string {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed)
      return () => {
        removeEventListener('hashchange', changed)
      }
    },
    () => codeInLink(location.hash),
    () => '',
  )
}
