'use client'

import { memo, useEffect, useState } from 'react'
import { CopyButton } from '@/shared/ui/copy-button'
import { Highlighting, languageNamed } from './highlight'
import type { Line } from './highlight'

interface CodeBlockProps {
  readonly code: string
  readonly language: string
}

export function CodeBlock({ code, language }: CodeBlockProps) {
  const lines = useHighlighted(code, language)
  return (
    <figure className="overflow-hidden rounded-xl border border-line bg-sunken">
      <figcaption className="flex items-center justify-between border-b border-line py-1 pr-1.5 pl-4 text-[0.8125rem] text-ink-3">
        {language || 'text'}
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre
        tabIndex={0}
        role="group"
        aria-label={`Code${language ? ` in ${language}` : ''}`}
        className="overflow-x-auto p-4 font-mono text-[0.8125rem] leading-[1.65] -outline-offset-2 [overflow-wrap:normal]"
      >
        <code>
          {lines.map((line, at) => (
            <CodeLine key={at} line={line} />
          ))}
        </code>
      </pre>
    </figure>
  )
}

const CodeLine = memo(function CodeLine({ line }: { readonly line: Line }) {
  return (
    <>
      {line.map((token, at) => (
        <span key={at} style={token.color ? { color: token.color } : undefined}>
          {token.content}
        </span>
      ))}
      {'\n'}
    </>
  )
})

/** Returns the lines of a code, coloured as far as that has come. */
function useHighlighted(code: string, language: string): readonly Line[] {
  const known = languageNamed(language)
  const [coloured, setColoured] = useState<{ code: string; lines: Line[] }>()
  const [highlighting] = useState(() => known && new Highlighting(known))
  useEffect(() => {
    let current = true
    highlighting?.advance(code).then(
      (lines) => {
        if (current) setColoured({ code, lines })
      },
      () => {
        // Code without colours is readable too.
      },
    )
    return () => {
      current = false
    }
  }, [highlighting, code])

  if (coloured?.code === code) return coloured.lines
  if (!coloured || !code.startsWith(coloured.code)) return plain(code)
  // The colours are behind: whole lines keep theirs.
  const end = coloured.code.lastIndexOf('\n') + 1
  const whole = coloured.code.slice(0, end).split('\n').length - 1
  return [...coloured.lines.slice(0, whole), ...plain(code.slice(end))]
}

function plain(code: string): Line[] {
  return code ? code.split('\n').map((content) => [{ content, offset: 0 }]) : []
}
