import { useId } from 'react'
import { VerifyAuditLogResponse_Problem as Wrong } from '@/gen/parley/auth/v1/audit_service_pb'
import type { VerifyAuditLogResponse_Verified } from '@/gen/parley/auth/v1/audit_service_pb'
import { Button } from '@/shared/ui/button'
import { CopyButton } from '@/shared/ui/copy-button'
import { ProblemNote } from '@/shared/ui/problem-note'
import { ProgressBar } from '@/shared/ui/progress-bar'
import { hex } from './exporting'
import { useVerification } from './use-verification'
import type { VerificationState } from './use-verification'

const WRONG: Record<Wrong, string> = {
  [Wrong.UNSPECIFIED]: 'is not right',
  [Wrong.EDITED]: 'is not what it was',
  [Wrong.DELETED]: 'is gone, or where it came from',
  [Wrong.INSERTED]: 'was not written by Parley',
  [Wrong.REORDERED]: 'stands where another one stood',
  [Wrong.SIGNATURE]: 'was not signed by Parley',
  [Wrong.SET_BACK]: 'is where the log was set back',
}

/** Has the whole log verified. */
export function Verification() {
  const { state, start } = useVerification()
  const id = useId()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const expected = new FormData(event.currentTarget).get('expected')
        void start(typeof expected === 'string' ? expected.trim() : '')
      }}
    >
      <h3 className="text-lg font-medium">Is it whole?</h3>
      <label htmlFor={id} className="mt-1 block text-[0.9375rem] text-ink-2 text-pretty">
        What an earlier verification ended with, if you have kept it: then a log that was set back
        is found out, too.
      </label>
      <div className="mt-3 flex flex-wrap gap-2">
        <input
          id={id}
          name="expected"
          autoComplete="off"
          spellCheck={false}
          placeholder="index:hash"
          className="h-10 min-w-0 flex-1 basis-60 rounded-lg border border-line-strong/70 bg-raised px-3 font-mono text-sm placeholder:text-ink-3"
        />
        <Button type="submit" look="outline" busy={state.phase === 'running'}>
          {state.phase === 'running' ? 'Verifying…' : 'Verify the log'}
        </Button>
      </div>
      <Outcome state={state} />
    </form>
  )
}

function Outcome({ state }: { readonly state: VerificationState }) {
  if (state.phase === 'idle') return null
  if (state.phase === 'failed') {
    return (
      <div className="mt-4">
        <ProblemNote problem={state.problem} />
      </div>
    )
  }
  const step = state.step
  if (step?.case === 'verified') return <Whole verified={step.value} />
  if (step?.case === 'broken') {
    return (
      <p role="alert" className="mt-4 font-medium text-danger">
        No: event {String(step.value.index)} {WRONG[step.value.problem]}. The{' '}
        {String(step.value.verifiedCount)} before it are right.
      </p>
    )
  }
  const progress = step?.case === 'progress' ? step.value : undefined
  return (
    <div className="mt-4">
      <ProgressBar
        aria-label="Verifying"
        {...(progress && {
          value: Number(progress.verifiedCount),
          max: Math.max(1, Number(progress.totalCount)),
        })}
      />
      {progress && (
        <p className="mt-1 text-sm text-ink-2 tabular-nums">
          {String(progress.verifiedCount)} of {String(progress.totalCount)} events
        </p>
      )}
    </div>
  )
}

function Whole({ verified }: { readonly verified: VerifyAuditLogResponse_Verified }) {
  const { head, verifiedCount, erasedPlaceCount } = verified
  const kept = head && `${String(head.index)}:${hex(head.hash)}`
  return (
    <div role="status" className="mt-4 text-[0.9375rem] text-ink-2">
      <p>
        Yes: {String(verifiedCount)} events are as they were written.
        {erasedPlaceCount > 0n &&
          ` Where ${String(erasedPlaceCount)} of them came from was erased, as the rules say.`}
      </p>
      {kept && (
        <p className="mt-1 flex flex-wrap items-center gap-x-2">
          <code className="min-w-0 text-[0.8125rem] break-all">{kept}</code>
          <CopyButton text={kept} label="Copy what to keep" />
        </p>
      )}
    </div>
  )
}
