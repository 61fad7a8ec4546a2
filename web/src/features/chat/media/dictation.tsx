'use client'

import { useEffect, useRef, useState } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { SpeechService } from '@/gen/parley/llm/v1/speech_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { MiniNote } from './mini-note'
import { Recording } from './recording'

type Phase = 'idle' | 'asking' | 'recording' | 'writing'

const LABELS: Record<Phase, string> = {
  idle: 'Dictate',
  asking: 'Waiting for the microphone…',
  recording: 'Stop and write it down',
  writing: 'Writing it down…',
}

/** Writes down what is said into the microphone. */
export function Dictation({ onText }: { readonly onText: (text: string) => void }) {
  const client = useClient(SpeechService)
  const recording = useRef<Recording>(undefined)
  const [phase, setPhase] = useState<Phase>('idle')
  const [fault, setFault] = useState<string>()
  const leaving = useRef<AbortController>(undefined)
  useEffect(() => {
    const left = (leaving.current = new AbortController())
    return () => {
      left.abort()
      recording.current?.release()
      recording.current = undefined
    }
  }, [])

  const end = async () => {
    const current = recording.current
    if (!current) return
    recording.current = undefined
    setPhase('writing')
    try {
      const { text } = await client.transcribeSpeech(await current.end(), { timeoutMs: 120_000 })
      if (text.trim()) onText(text.trim())
      else setFault('Nothing was heard.')
    } catch (error) {
      setFault(wordsFor(error))
    }
    setPhase('idle')
  }
  const begin = async () => {
    const signal = leaving.current?.signal
    if (!signal) return
    setFault(undefined)
    setPhase('asking')
    try {
      recording.current = await Recording.begin(() => void end(), signal)
      setPhase('recording')
    } catch {
      setFault('The microphone can’t be used. Allow it in the browser, or plug one in.')
      setPhase('idle')
    }
  }
  return (
    <span className="relative">
      <IconButton
        label={LABELS[phase]}
        aria-pressed={phase === 'recording'}
        aria-disabled={phase === 'asking' || phase === 'writing' || undefined}
        onClick={() => {
          if (phase === 'idle') void begin()
          if (phase === 'recording') void end()
        }}
        className="aria-pressed:bg-danger-wash aria-pressed:text-danger aria-disabled:animate-breathe"
      >
        <Icon name="microphone" className="size-[1.125rem]" />
      </IconButton>
      <span aria-live="polite" className="sr-only">
        {phase === 'recording' && 'Recording.'}
        {phase === 'writing' && 'Writing down what you said.'}
      </span>
      {fault && (
        <MiniNote
          text={fault}
          onClose={() => {
            setFault(undefined)
          }}
        />
      )}
    </span>
  )
}

function wordsFor(error: unknown): string {
  const problem = problemOf(error)
  return problem.reason === ErrorReason.SPEECH_UNAVAILABLE
    ? 'No model for speech is configured here, or it is away.'
    : problem.text
}
