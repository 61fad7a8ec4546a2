'use client'

import { useState } from 'react'
import type { ReactNode } from 'react'
import { Message_State, Rating_Score } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { conversationOfMessage } from '@/shared/lib/names'
import { CopyButton } from '@/shared/ui/copy-button'
import { Icon } from '@/shared/ui/icon'
import { useRate } from '../messages/api'
import { ReadAloud } from '../media/read-aloud'
import type { ExchangeActions } from '../messages/use-exchange-actions'
import { RatingDialog } from './rating-dialog'

export const ACTION =
  'inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-[0.8125rem] text-ink-3 transition-colors hover:bg-line/60 hover:text-ink'

interface ReplyActionsProps {
  readonly answer: Message
  readonly actions: ExchangeActions
  readonly children: ReactNode
}

/** What can be done with a reply that has ended. */
export function ReplyActions({ answer, actions, children }: ReplyActionsProps) {
  const [explaining, setExplaining] = useState(false)
  const { mutate: rate } = useRate(conversationOfMessage(answer.name))
  const partial = answer.state === Message_State.STOPPED || answer.state === Message_State.FAILED
  const isBad = answer.rating?.score === Rating_Score.BAD
  return (
    <div className="mt-3 -ml-2 flex flex-wrap items-center gap-x-1 text-[0.8125rem] text-ink-3">
      {answer.text && <CopyButton text={answer.text} label="Copy reply" />}
      <button
        type="button"
        className={ACTION}
        onClick={() => {
          actions.ask({ kind: 'regenerate', reply: answer.name })
        }}
      >
        <Icon name="retry" />
        Regenerate
      </button>
      {partial && (
        <button
          type="button"
          className={ACTION}
          onClick={() => {
            actions.ask({ kind: 'continue', reply: answer.name })
          }}
        >
          <Icon name="play" />
          Continue
        </button>
      )}
      <span className="inline-flex gap-x-1">
        <Thumb
          answer={answer}
          score={Rating_Score.GOOD}
          onRate={(score) => {
            rate({ name: answer.name, rating: { score } })
          }}
        />
        <Thumb
          answer={answer}
          score={Rating_Score.BAD}
          onRate={(score) => {
            rate({ name: answer.name, rating: { score } })
            setExplaining(score === Rating_Score.BAD)
          }}
        />
      </span>
      {isBad && (
        <button
          type="button"
          className={ACTION}
          onClick={() => {
            setExplaining(true)
          }}
        >
          Say why
        </button>
      )}
      {answer.text && <ReadAloud text={answer.text} className={ACTION} />}
      {children}
      {explaining && (
        <RatingDialog
          answer={answer}
          onClose={() => {
            setExplaining(false)
          }}
        />
      )}
    </div>
  )
}

interface ThumbProps {
  readonly answer: Message
  readonly score: Rating_Score.GOOD | Rating_Score.BAD
  readonly onRate: (score: Rating_Score) => void
}

/** Says that a reply is good, or bad; pressed again, takes that back. */
function Thumb({ answer, score, onRate }: ThumbProps) {
  const pressed = answer.rating?.score === score
  const good = score === Rating_Score.GOOD
  const label = good ? 'Good reply' : 'Bad reply'
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={() => {
        onRate(pressed ? Rating_Score.UNSPECIFIED : score)
      }}
      className={`${ACTION} aria-pressed:bg-accent-wash aria-pressed:text-accent`}
    >
      <Icon name={good ? 'thumb-up' : 'thumb-down'} />
    </button>
  )
}
