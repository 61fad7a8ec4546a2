'use client'

import { useEffect, useRef } from 'react'
import type { KeyboardEvent } from 'react'
import { Icon } from '@/shared/ui/icon'

/** The most characters that a message may have. */
const MAX_TEXT = 32_000

const ROUND = 'flex size-9 shrink-0 items-center justify-center rounded-full transition-colors'

interface ComposerProps {
  readonly draft: string
  readonly onDraft: (text: string) => void
  readonly onSend: (text: string) => void
  /** Why nothing can be sent now, in words; undefined when it can. */
  readonly waiting: string | undefined
  /** Stops the reply that is being written, if one is. */
  readonly onStop?: (() => void) | undefined
}

/** Where the user writes. Enter sends, Shift and Enter begin a line. */
export function Composer({ draft, onDraft, onSend, waiting, onStop }: ComposerProps) {
  const ref = useRef<HTMLTextAreaElement>(null)
  const text = draft.trim()
  // The API counts code points.
  const excess = draft.length > MAX_TEXT ? [...text].length - MAX_TEXT : 0
  const ready = text !== '' && excess <= 0 && waiting === undefined

  useEffect(() => {
    // On a phone this would open the keyboard over what there is to read.
    if (matchMedia('(hover: hover)').matches) ref.current?.focus()
  }, [])

  const send = () => {
    if (ready) onSend(text)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter is its key.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form
      className="mx-auto w-full max-w-[46rem] px-3 pb-3 md:px-6"
      onSubmit={(event) => {
        event.preventDefault()
        send()
        ref.current?.focus()
      }}
    >
      <div className="flex items-end gap-2 rounded-2xl border border-line-strong/50 bg-raised p-2 pl-4 shadow-raised transition-colors focus-within:border-accent">
        <textarea
          ref={ref}
          rows={Math.min(10, draft.split('\n').length)}
          value={draft}
          aria-label="Your message"
          aria-describedby="composer-note"
          aria-invalid={excess > 0 || undefined}
          placeholder="Say something…"
          enterKeyHint="send"
          onChange={(event) => {
            onDraft(event.target.value)
          }}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-[40dvh] min-h-9 flex-1 resize-none py-1.5 text-base leading-6 outline-none placeholder:text-ink-3"
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
            type="submit"
            aria-label="Send"
            title={waiting ?? 'Send'}
            disabled={!ready}
            className={`${ROUND} bg-accent text-accent-ink hover:bg-accent-strong disabled:cursor-default disabled:bg-line disabled:text-ink-3`}
          >
            <Icon name="arrow-up" className="size-[1.125rem]" />
          </button>
        )}
      </div>
      {excess > 0 ? (
        <p id="composer-note" role="alert" className="mt-2 text-center text-xs text-danger">
          {excess.toLocaleString()} characters too long
        </p>
      ) : (
        <p id="composer-note" className="mt-2 hidden text-center text-xs text-ink-3 md:block">
          {waiting ??
            (onStop
              ? 'What you send now waits for the end of the reply'
              : 'Enter sends · Shift + Enter begins a line')}
        </p>
      )}
    </form>
  )
}
