'use client'

import type { ReactNode } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { explain } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { sourceOf } from '@/shared/llm/source/place'
import type { Citation } from '@/gen/parley/llm/v1/generation_pb'
import { useChat } from '../chat-context'
import { CitationsProvider } from '../markdown/cite'
import { Markdown } from '../markdown/markdown'
import { hasEnded } from '../replies/reply'
import { ReplyActions } from '../replies/reply-actions'
import { ReplyStatus } from '../replies/reply-status'
import { Sources } from '../replies/sources'
import { Thinking } from '../replies/thinking'
import { ToolCalls } from '../replies/tool-calls'
import type { Voice } from './thread'
import type { ExchangeActions } from './use-exchange-actions'

interface ReplyViewProps {
  readonly voice: Voice
  readonly actions: ExchangeActions
  /** What stands with the things that can be done with the reply. */
  readonly children?: ReactNode
}

/** What a model says, how far it is, and what can be done with it. */
export function ReplyView({ voice, actions, children }: ReplyViewProps) {
  const { answer } = voice
  const { text, reasoning, toolCalls, citations, retrieval } = answer
  const writing = answer.state === Message_State.GENERATING
  const { showSource } = useChat()
  const onOpen = (citation: Citation) => {
    showSource(sourceOf(citation))
  }
  return (
    <>
      {reasoning && <Thinking reasoning={reasoning} goesOn={writing && !text} />}
      {toolCalls.length > 0 && <ToolCalls calls={toolCalls} writing={writing} />}
      {retrieval?.degraded && (
        <p className="mb-3 text-sm text-ink-3">
          Answered without your documents: search was not available.
        </p>
      )}
      {text && (
        <CitationsProvider value={{ citations, onOpen }}>
          <Markdown text={text} writing={writing} />
        </CitationsProvider>
      )}
      {citations.length > 0 && <Sources citations={citations} onOpen={onOpen} />}
      {answer.state === Message_State.FAILED && (
        <Failure
          answer={answer}
          onAskAgain={() => {
            actions.ask({ kind: 'regenerate', reply: answer.name })
          }}
        />
      )}
      {answer.state === Message_State.STOPPED && <Stopped answer={answer} />}
      <ReplyStatus {...voice} />
      {hasEnded(answer) && (
        <ReplyActions answer={answer} actions={actions}>
          {children}
        </ReplyActions>
      )}
    </>
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
