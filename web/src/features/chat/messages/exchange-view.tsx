'use client'

import type { ReactNode } from 'react'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { ReplyStatus } from '../replies/reply-status'
import { Question } from './question'
import { ReplyView } from './reply-view'
import { SideBySide } from './side-by-side'
import type { Exchange } from './thread'
import type { ExchangeActions } from './use-exchange-actions'
import { Versions } from './versions'

const COLUMN = 'mx-auto max-w-[43rem]'
const WIDE = 'mx-auto max-w-[84rem]'

interface ExchangeViewProps {
  readonly exchange: Exchange
  /** Whether nothing follows: only there replies stand side by side. */
  readonly last: boolean
  readonly actions: ExchangeActions
  /** Sends again what could not be sent. */
  readonly onResend: () => void
  /** Takes back what could not be sent, or waits. */
  readonly onTakeBack: () => void
}

/** A question, set like a heading, and its reply, or its replies. */
export function ExchangeView({ exchange, last, actions, ...props }: ExchangeViewProps) {
  const { answer, answers, beside } = exchange
  const several = last && beside.length > 0
  const versions = answers.length > (several ? beside.length : 1) && (
    <Versions noun="reply" all={answers} shown={answer} onShow={actions.show} />
  )
  return (
    <article className="pt-10 first:pt-4">
      <div className={COLUMN}>
        <Question
          exchange={exchange}
          onShow={actions.show}
          onEdit={({ name: message }, text) => {
            actions.edit(message, text)
          }}
        />
      </div>
      <div className={`mt-4 ${several ? WIDE : COLUMN}`}>
        {several && answer ? (
          <>
            <SideBySide voices={beside} chosen={answer.name} actions={actions} />
            {versions && <div className="text-[0.8125rem] text-ink-3">{versions}</div>}
          </>
        ) : (
          answer && (
            <ReplyView voice={{ ...exchange, answer }} actions={actions}>
              {versions}
              <ModelName>{answer.model}</ModelName>
            </ReplyView>
          )
        )}
        {!answer && <ReplyStatus {...exchange} />}
        <NotSent exchange={exchange} {...props} />
      </div>
    </article>
  )
}

function ModelName({ children }: { readonly children: ReactNode }) {
  return children && <span className="min-w-0 truncate px-2">{children}</span>
}

type NotSentProps = Pick<ExchangeViewProps, 'exchange' | 'onResend' | 'onTakeBack'>

/** What can be done with a message that was not sent, or that waits. */
function NotSent({ exchange: { live, answer }, onResend, onTakeBack }: NotSentProps) {
  if (live?.phase === 'unsent' && live.problem) {
    const { kind } = live.question.ask
    const words = kind === 'send' || kind === 'edit'
    return (
      <ProblemNote problem={live.problem}>
        {live.problem.retry && <NoteAction onClick={onResend}>Send again</NoteAction>}
        <NoteAction onClick={onTakeBack}>{words ? 'Edit' : 'Cancel'}</NoteAction>
      </ProblemNote>
    )
  }
  if (answer?.state !== Message_State.QUEUED) return null
  return (
    <button
      type="button"
      onClick={onTakeBack}
      className="mt-1 -ml-2 h-8 rounded-md px-2 text-[0.8125rem] text-ink-2 transition-colors hover:bg-line/60 hover:text-ink"
    >
      Take back
    </button>
  )
}
