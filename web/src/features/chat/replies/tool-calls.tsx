'use client'

import { useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'
import { ToolCall_State as State } from '@/gen/parley/llm/v1/generation_pb'
import type { ToolCall } from '@/gen/parley/llm/v1/generation_pb'
import { useDecide } from '@/shared/llm/tools'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { toolLabel } from './tool-label'

const STATES: Partial<Record<State, string>> = {
  [State.AWAITING_APPROVAL]: 'waits for you',
  [State.RUNNING]: 'running…',
  [State.SUCCEEDED]: 'done',
  [State.FAILED]: 'failed',
  [State.DENIED]: 'not allowed',
}

// What a result is called; most are the answer of the tool.
const RESULTS: Partial<Record<State, string>> = {
  [State.FAILED]: 'Why it failed',
  [State.DENIED]: 'The model was told',
}

interface ToolCallsProps {
  readonly calls: readonly ToolCall[]
  /** Whether the reply is being written: otherwise nobody waits for a decision any more. */
  readonly writing: boolean
}

/** The tools that were used, and what for. What they say is shown as text, whatever it is. */
export function ToolCalls({ calls, writing }: ToolCallsProps) {
  return (
    <ul aria-label="Tools" className="mb-3 space-y-2">
      {calls.map((call) => (
        <Call key={call.name} call={call} writing={writing} />
      ))}
    </ul>
  )
}

interface CallProps {
  readonly call: ToolCall
  readonly writing: boolean
}

function Call({ call, writing }: CallProps) {
  const summary = useRef<HTMLElement>(null)
  return (
    <li className="rounded-xl border border-line bg-sunken px-3 py-1.5 text-sm">
      <Details call={call} summary={summary} />
      {writing && call.state === State.AWAITING_APPROVAL && (
        <Decision call={call} summary={summary} />
      )}
    </li>
  )
}

interface PartProps {
  readonly call: ToolCall
  /** What the call is, and how far: where the focus goes when there is nothing to decide. */
  readonly summary: RefObject<HTMLElement | null>
}

function Details({ call, summary }: PartProps) {
  const { arguments: given, result, state, truncated } = call
  return (
    // What is to be decided about is there to be read.
    <details className="group" open={state === State.AWAITING_APPROVAL || undefined}>
      <summary
        ref={summary}
        className="flex cursor-pointer list-none items-center gap-2 rounded-md py-1 text-ink-2 hover:text-ink [&::-webkit-details-marker]:hidden"
      >
        <Icon name="chevron-right" className="size-3.5 transition-transform group-open:rotate-90" />
        <span className="min-w-0 truncate font-medium">{toolLabel(call)}</span>
        <span className="text-ink-3">{STATES[state]}</span>
      </summary>
      <Said label="Asked" text={given} />
      {result && <Said label={RESULTS[state] ?? 'Answered'} text={result} />}
      {truncated && <p className="pb-1 text-xs text-ink-3">It was longer.</p>}
    </details>
  )
}

function Said({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className="pb-1">
      <p className="text-xs text-ink-3">{label}</p>
      <pre
        tabIndex={0}
        role="group"
        aria-label={label}
        className="max-h-60 overflow-auto py-1 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap"
      >
        {text || '–'}
      </pre>
    </div>
  )
}

function Decision({ call, summary }: PartProps) {
  const decide = useDecide(call.name)
  const decided = decide.isPending || decide.isSuccess
  const label = toolLabel(call)
  const ref = useRef<HTMLDivElement>(null)
  // In the layout phase: what has left the page has lost the focus already.
  useLayoutEffect(() => {
    const buttons = ref.current
    const next = summary.current
    return () => {
      if (buttons?.contains(document.activeElement)) next?.focus()
    }
  }, [summary])
  return (
    <div ref={ref} role="group" aria-label={`May ${label} be used?`} className="py-2">
      <p className="mb-2 text-[0.9375rem]">May {label} be used like this?</p>
      <div className="flex flex-wrap gap-2">
        <Button
          className="h-9"
          busy={decided}
          onClick={() => {
            decide.mutate(true)
          }}
        >
          Approve
        </Button>
        <Button
          look="outline"
          className="h-9"
          busy={decided}
          onClick={() => {
            decide.mutate(false)
          }}
        >
          Deny
        </Button>
      </div>
      {decide.isError && (
        <div className="mt-2">
          <ProblemNote problem={problemOf(decide.error)} />
        </div>
      )}
    </div>
  )
}
