'use client'

import { useId, useState } from 'react'
import { Rating_Reason as Reason, Rating_Score } from '@/gen/parley/chat/v1/message_pb'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { conversationOfMessage } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useRate } from '../messages/api'

const MAX_COMMENT = 2_000

const REASONS: readonly (readonly [Reason, string])[] = [
  [Reason.ACCURACY, 'It is wrong'],
  [Reason.INSTRUCTIONS, 'It is not what I asked for'],
  [Reason.STYLE, 'It is badly written'],
  [Reason.COMPLETENESS, 'Something is missing'],
  [Reason.SAFETY, 'It is harmful'],
  [Reason.OTHER, 'Something else'],
]

interface RatingDialogProps {
  readonly answer: Message
  readonly onClose: () => void
}

/** Asks what is wrong with a reply, which is rated already. */
export function RatingDialog({ answer, onClose }: RatingDialogProps) {
  const { name, rating } = answer
  const rate = useRate(conversationOfMessage(name))
  const id = useId()
  const [reasons, setReasons] = useState<ReadonlySet<Reason>>(() => new Set(rating?.reasons))
  const [comment, setComment] = useState(rating?.comment ?? '')
  const excess = [...comment].length - MAX_COMMENT
  return (
    <Dialog title="What is wrong with it?" onClose={onClose}>
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (excess > 0 || rate.isPending) return
          const score = Rating_Score.BAD
          const rating = { score, reasons: [...reasons], comment: comment.trim() }
          rate.mutate({ name, rating }, { onSuccess: onClose })
        }}
      >
        <fieldset className="space-y-1">
          <legend className="sr-only">Reasons</legend>
          {REASONS.map(([reason, label]) => (
            <label key={reason} className="flex items-center gap-2.5 py-1 text-[0.9375rem]">
              <input
                type="checkbox"
                checked={reasons.has(reason)}
                onChange={(event) => {
                  const others = [...reasons].filter((other) => other !== reason)
                  setReasons(new Set(event.target.checked ? [...others, reason] : others))
                }}
                className="size-4 accent-(--accent)"
              />
              {label}
            </label>
          ))}
        </fieldset>
        <label htmlFor={id} className="mt-4 mb-1.5 block text-sm font-medium">
          In other words
        </label>
        <textarea
          id={id}
          rows={3}
          value={comment}
          aria-invalid={excess > 0 || undefined}
          aria-describedby={excess > 0 ? `${id}-note` : undefined}
          onChange={(event) => {
            setComment(event.target.value)
          }}
          className="field-sizing-content max-h-[30dvh] w-full resize-none rounded-lg border border-line-strong/70 bg-raised px-3.5 py-2.5 text-base"
        />
        {excess > 0 && (
          <p id={`${id}-note`} role="alert" className="mt-1.5 text-sm text-danger">
            {excess.toLocaleString()} characters too long
          </p>
        )}
        {rate.isError && (
          <div className="mt-4">
            <ProblemNote problem={problemOf(rate.error)} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Skip
          </Button>
          <Button type="submit" busy={rate.isPending}>
            Submit
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
