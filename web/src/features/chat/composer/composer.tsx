'use client'

import { useEffect, useRef, useState } from 'react'
import type { ClipboardEvent, DragEvent, KeyboardEvent } from 'react'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { useUploadsAt } from '@/shared/llm/uploads/use-uploads'
import { Icon } from '@/shared/ui/icon'
import { useChat } from '../chat-context'
import { Dictation } from '../media/dictation'
import { ImageButton } from '../media/image-dialog'
import type { Setup } from '../setup/setup'
import { readyIn, waitingFor } from './attached'
import { AttachButton, Attachments } from './attachments'
import { withSaid } from './dictated'
import { Options } from './options'
import { WindowGauge } from './window-gauge'

/** The most characters that a message may have. */
const MAX_TEXT = 32_000

const ROUND = 'flex size-9 shrink-0 items-center justify-center rounded-full transition-colors'

interface ComposerProps {
  readonly draft: string
  readonly onDraft: (text: string) => void
  readonly onSend: (text: string, attachments: readonly string[]) => void
  /** Why nothing can be sent now, in words; undefined when it can. */
  readonly waiting: string | undefined
  /** Stops the reply that is being written, if one is. */
  readonly onStop?: (() => void) | undefined
  /** The conversation; empty for a new one. */
  readonly place: string
  readonly setup: Setup
  readonly onSetup: (setup: Setup) => void
  /** What was said so far. */
  readonly said: readonly Message[]
}

/** Where the user writes. Enter sends, Shift and Enter begin a line. */
export function Composer({
  draft,
  onDraft,
  onSend,
  onStop,
  place,
  setup,
  ...props
}: ComposerProps) {
  const { uploads, drafts } = useChat()
  const files = useUploadsAt(uploads, place)
  const ref = useRef<HTMLTextAreaElement>(null)
  const [above, setAbove] = useState(false)
  const text = draft.trim()
  // The API counts code points.
  const excess = draft.length > MAX_TEXT ? [...text].length - MAX_TEXT : 0
  const waiting = props.waiting ?? waitingFor(files)
  const attached = readyIn(files)
  const ready = text !== '' && excess <= 0 && waiting === undefined

  useEffect(() => {
    // On a phone this would open the keyboard over what there is to read.
    if (matchMedia('(hover: hover)').matches) ref.current?.focus()
  }, [])

  const send = () => {
    if (ready) onSend(text, attached)
  }
  const attach = (chosen: readonly File[]) => {
    uploads.add(place, chosen)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter is its key.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  const onPaste = (event: ClipboardEvent) => {
    const pasted = Array.from(event.clipboardData.files)
    if (pasted.length === 0) return
    event.preventDefault()
    attach(pasted)
  }
  const onDrag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setAbove(true)
  }
  return (
    // No form: the dialogs inside would be part of it.
    <div
      className="mx-auto w-full max-w-[46rem] px-3 pb-3 md:px-6"
      onDragOver={onDrag}
      onDragLeave={() => {
        setAbove(false)
      }}
      onDrop={(event) => {
        setAbove(false)
        if (event.dataTransfer.files.length === 0) return
        event.preventDefault()
        attach(Array.from(event.dataTransfer.files))
      }}
    >
      <div
        className={`rounded-2xl border bg-raised px-2 pb-1.5 shadow-raised transition-colors focus-within:border-accent ${above ? 'border-accent bg-accent-wash' : 'border-line-strong/50'}`}
      >
        {files.length > 0 && (
          <Attachments
            uploads={files}
            onRemove={(id) => {
              uploads.remove(place, id)
              ref.current?.focus()
            }}
          />
        )}
        <textarea
          ref={ref}
          rows={Math.min(10, draft.split('\n').length)}
          value={draft}
          aria-label="Your message"
          aria-describedby="composer-note"
          aria-invalid={excess > 0 || undefined}
          placeholder={above ? 'Drop the files here' : 'Say something…'}
          enterKeyHint="send"
          onChange={(event) => {
            onDraft(event.target.value)
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="field-sizing-content block max-h-[40dvh] min-h-11 w-full resize-none px-2 pt-3 pb-1.5 text-base leading-6 outline-none placeholder:text-ink-3"
        />
        <div className="flex items-center gap-0.5">
          <AttachButton onFiles={attach} />
          <Options setup={setup} onSetup={props.onSetup} />
          <Dictation
            onText={(said) => {
              onDraft(withSaid(drafts, place, said))
              ref.current?.focus()
            }}
          />
          <ImageButton />
          <span className="ml-auto flex items-center gap-2 pl-1">
            <WindowGauge
              conversation={place}
              said={props.said}
              draft={draft}
              attached={attached}
              setup={setup}
              busy={onStop !== undefined}
            />
            {onStop && (
              <button
                type="button"
                aria-label="Stop"
                title="Stop"
                onClick={() => {
                  onStop()
                  ref.current?.focus()
                }}
                className={`${ROUND} border border-line-strong text-ink hover:bg-line/60`}
              >
                <Icon name="stop" className="size-[1.125rem]" />
              </button>
            )}
            {(!onStop || text) && (
              <button
                type="button"
                aria-label="Send"
                title={waiting ?? 'Send'}
                disabled={!ready}
                onClick={() => {
                  send()
                  ref.current?.focus()
                }}
                className={`${ROUND} bg-accent text-accent-ink hover:bg-accent-strong disabled:cursor-default disabled:bg-line disabled:text-ink-3`}
              >
                <Icon name="arrow-up" className="size-[1.125rem]" />
              </button>
            )}
          </span>
        </div>
      </div>
      {excess > 0 ? (
        <p id="composer-note" role="alert" className="mt-2 text-center text-xs text-danger">
          {excess.toLocaleString()} characters too long
        </p>
      ) : (
        <p
          id="composer-note"
          className={`mt-2 text-center text-xs text-ink-3 ${files.length > 0 && waiting ? '' : 'hidden md:block'}`}
        >
          {waiting ??
            (onStop
              ? 'What you send now waits for the end of the reply'
              : 'Enter sends · Shift + Enter begins a line')}
        </p>
      )}
    </div>
  )
}
