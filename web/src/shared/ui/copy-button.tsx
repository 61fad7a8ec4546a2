'use client'

import { useEffect, useState } from 'react'
import { Icon } from './icon'

const SHOWN_MS = 2_000

/** Copies a text, and says for a moment whether that worked. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>()
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => {
      setOutcome(undefined)
    }, SHOWN_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [outcome])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      setOutcome('failed')
    }
  }
  return (
    <button
      type="button"
      aria-label={label}
      onClick={() => void copy()}
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-[0.8125rem] text-ink-3 transition-colors hover:bg-line/60 hover:text-ink"
    >
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Couldn’t copy' : 'Copy'}
      </span>
    </button>
  )
}
