'use client'

import { useState } from 'react'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { Button } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { ACTION } from '../replies/reply-actions'
import type { Exchange } from './thread'
import { Attached } from './attached'
import { Versions } from './versions'

const LONG = 280

interface QuestionProps {
  readonly exchange: Exchange
  readonly onEdit: (message: Message, text: string) => void
  readonly onShow: (message: Message) => void
}

/** What the user said, set like a heading. It can be said differently. */
export function Question({ exchange, onEdit, onShow }: QuestionProps) {
  const { question, message, questions } = exchange
  const [editing, setEditing] = useState(false)
  const long = question.length > LONG || question.split('\n').length > 4
  const size = long ? 'text-[1.0625rem] leading-relaxed' : 'text-[1.375rem] leading-snug'
  if (editing && message) {
    return (
      <QuestionForm
        text={question}
        onCancel={() => {
          setEditing(false)
        }}
        onSave={(text) => {
          setEditing(false)
          if (text !== question) onEdit(message, text)
        }}
      />
    )
  }
  return (
    <>
      <h2 className={`font-serif font-medium whitespace-pre-wrap ${size}`}>
        <span className="sr-only">You: </span>
        {question}
      </h2>
      <Attached documents={message?.attachments ?? asked(exchange)} />
      {message && (
        <div className="mt-1 -ml-2 flex items-center gap-1 text-[0.8125rem] text-ink-3">
          <button
            type="button"
            aria-label="Edit message"
            className={ACTION}
            onClick={() => {
              setEditing(true)
            }}
          >
            <Icon name="edit" />
            Edit
          </button>
          <Versions noun="message" all={questions} shown={message} onShow={onShow} />
        </div>
      )}
    </>
  )
}

/** What is about to come with a message that is not stored yet. */
function asked({ live }: Exchange): readonly string[] {
  const ask = live?.question.ask
  return ask?.kind === 'send' ? ask.attachments : []
}

interface QuestionFormProps {
  readonly text: string
  readonly onCancel: () => void
  readonly onSave: (text: string) => void
}

function QuestionForm({ text, onCancel, onSave }: QuestionFormProps) {
  const [draft, setDraft] = useState(text)
  const save = () => {
    if (draft.trim()) onSave(draft.trim())
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <textarea
        autoFocus
        value={draft}
        maxLength={32_000}
        aria-label="Edit your message"
        onChange={(event) => {
          setDraft(event.target.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel()
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          save()
        }}
        className="field-sizing-content max-h-[50dvh] w-full resize-none rounded-xl border border-line-strong/50 bg-raised px-4 py-3 text-base leading-6"
      />
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit">Send</Button>
      </div>
    </form>
  )
}
