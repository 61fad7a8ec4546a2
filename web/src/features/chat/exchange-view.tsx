'use client'

import { Message_State } from '@/gen/parley/chat/v1/message_service_pb'
import type { Message } from '@/gen/parley/chat/v1/message_service_pb'
import { explain } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { CopyButton } from '@/shared/ui/copy-button'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Markdown } from './markdown'
import { isLive } from './reply'
import { ReplyStatus } from './reply-status'
import type { Exchange } from './thread'

interface ExchangeViewProps {
  readonly exchange: Exchange
  /** Whether it is the last one: only there something can be tried again. */
  readonly latest: boolean
  readonly problem: Problem | undefined
  readonly onAskAgain: () => void
  readonly onResend: () => void
  readonly onEdit: () => void
}

/** A question, set like a heading, and its reply. */
export function ExchangeView(props: ExchangeViewProps) {
  const { exchange, latest } = props
  const { answer, live } = exchange
  return (
    <article className="pt-10 first:pt-4">
      <Question text={exchange.question} />
      <div className="mt-4">
        {answer?.text && (
          <Markdown text={answer.text} writing={answer.state === Message_State.GENERATING} />
        )}
        {live?.phase === 'unsent' && live.problem && (
          <ProblemNote problem={live.problem}>
            {live.problem.retry && <NoteAction onClick={props.onResend}>Send again</NoteAction>}
            <NoteAction onClick={props.onEdit}>Edit</NoteAction>
          </ProblemNote>
        )}
        {answer?.state === Message_State.FAILED && (
          <Failure answer={answer} {...(latest && { onAskAgain: props.onAskAgain })} />
        )}
        {answer?.state === Message_State.STOPPED && (
          <p className="mt-4 text-sm text-ink-3">Stopped here.</p>
        )}
        <ReplyStatus exchange={exchange} problem={props.problem} />
        {answer?.text && !(live && isLive(live)) && <Actions answer={answer} />}
      </div>
    </article>
  )
}

const LONG = 280

function Question({ text }: { readonly text: string }) {
  const long = text.length > LONG || text.split('\n').length > 4
  const size = long ? 'text-[1.0625rem] leading-relaxed' : 'text-[1.375rem] leading-snug'
  return (
    <h2 className={`font-serif font-medium whitespace-pre-wrap ${size}`}>
      <span className="sr-only">You: </span>
      {text}
    </h2>
  )
}

interface FailureProps {
  readonly answer: Message
  readonly onAskAgain?: () => void
}

function Failure({ answer, onAskAgain }: FailureProps) {
  const reason = answer.failureReason
  const { text, retry } = explain(reason)
  return (
    <div className="mt-4 first:mt-0">
      <ProblemNote problem={{ reason, text, retry }}>
        {retry && onAskAgain && <NoteAction onClick={onAskAgain}>Ask again</NoteAction>}
      </ProblemNote>
    </div>
  )
}

function Actions({ answer }: { readonly answer: Message }) {
  return (
    <div className="mt-3 -ml-2 flex items-center gap-2 text-[0.8125rem] text-ink-3">
      <CopyButton text={answer.text} label="Copy reply" />
      {answer.model && <span className="min-w-0 truncate">{answer.model}</span>}
    </div>
  )
}
