'use client'

import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { explain } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Markdown } from '../markdown/markdown'
import { Question } from './question'
import { hasEnded } from '../replies/reply'
import { ReplyActions } from '../replies/reply-actions'
import { ReplyStatus } from '../replies/reply-status'
import type { Exchange } from './thread'
import type { ExchangeActions } from './use-exchange-actions'

interface ExchangeViewProps {
  readonly exchange: Exchange
  readonly actions: ExchangeActions
  /** Sends again what could not be sent. */
  readonly onResend: () => void
  /** Takes back what could not be sent. */
  readonly onTakeBack: () => void
}

/** A question, set like a heading, and its reply. */
export function ExchangeView({ exchange, actions, onResend, onTakeBack }: ExchangeViewProps) {
  const { answer, answers, live } = exchange
  const words = live?.question.ask.kind === 'send' || live?.question.ask.kind === 'edit'
  return (
    <article className="pt-10 first:pt-4">
      <Question
        exchange={exchange}
        onShow={actions.show}
        onEdit={({ name: message }, text) => {
          actions.ask({ kind: 'edit', message, text })
        }}
      />
      <div className="mt-4">
        {answer?.text && (
          <Markdown text={answer.text} writing={answer.state === Message_State.GENERATING} />
        )}
        {live?.phase === 'unsent' && live.problem && (
          <ProblemNote problem={live.problem}>
            {live.problem.retry && <NoteAction onClick={onResend}>Send again</NoteAction>}
            <NoteAction onClick={onTakeBack}>{words ? 'Edit' : 'Cancel'}</NoteAction>
          </ProblemNote>
        )}
        {answer?.state === Message_State.FAILED && (
          <Failure
            answer={answer}
            onAskAgain={() => {
              actions.ask({ kind: 'regenerate', reply: answer.name })
            }}
          />
        )}
        {answer?.state === Message_State.STOPPED && <Stopped answer={answer} />}
        <ReplyStatus exchange={exchange} />
        {answer && hasEnded(answer) && (
          <ReplyActions answer={answer} answers={answers} actions={actions} />
        )}
      </div>
    </article>
  )
}

function Stopped({ answer }: { readonly answer: Message }) {
  const reason = answer.failureReason
  return (
    <p className="mt-4 text-sm text-ink-3 first:mt-0">
      Stopped{reason === ErrorReason.UNSPECIFIED ? '' : `: ${explain(reason).text}`}
    </p>
  )
}

interface FailureProps {
  readonly answer: Message
  readonly onAskAgain: () => void
}

function Failure({ answer, onAskAgain }: FailureProps) {
  const reason = answer.failureReason
  const { text, retry } = explain(reason)
  return (
    <div className="mt-4 first:mt-0">
      <ProblemNote problem={{ reason, text, retry }}>
        {retry && <NoteAction onClick={onAskAgain}>Ask again</NoteAction>}
      </ProblemNote>
    </div>
  )
}
