'use client'

import { useEffect, useRef, useState } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { SpeechService } from '@/gen/parley/llm/v1/speech_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { Icon } from '@/shared/ui/icon'
import { MiniNote } from './mini-note'
import { readAloud } from './reading'
import { spoken } from './spoken'

interface ReadAloudProps {
  /** What is read, in Markdown. */
  readonly text: string
  readonly className: string
}

/** Reads a reply aloud, and stops when it is pressed again. */
export function ReadAloud({ text, className }: ReadAloudProps) {
  const client = useClient(SpeechService)
  const running = useRef<AbortController>(undefined)
  const [reads, setReads] = useState(false)
  const [fault, setFault] = useState<string>()
  useEffect(
    () => () => {
      running.current?.abort()
    },
    [],
  )

  const read = async () => {
    const abort = (running.current = new AbortController())
    setFault(undefined)
    setReads(true)
    try {
      await readAloud(client, spoken(text), abort.signal)
    } catch (error) {
      if (!abort.signal.aborted) setFault(wordsFor(error))
    }
    setReads(false)
  }
  return (
    <span className="relative">
      <button
        type="button"
        aria-pressed={reads}
        onClick={() => {
          if (reads) running.current?.abort()
          else void read()
        }}
        className={className}
      >
        <Icon name={reads ? 'stop' : 'speaker'} />
        {reads ? 'Stop reading' : 'Read aloud'}
      </button>
      {fault && (
        <MiniNote
          text={fault}
          at="start"
          onClose={() => {
            setFault(undefined)
          }}
        />
      )}
    </span>
  )
}

function wordsFor(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('this browser')) {
    return 'This browser can’t play it.'
  }
  const problem = problemOf(error)
  return problem.reason === ErrorReason.SPEECH_UNAVAILABLE
    ? 'No model for speech is configured here, or it is away.'
    : problem.text
}
