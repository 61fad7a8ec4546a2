'use client'

import { useState } from 'react'
import type { ReactNode } from 'react'
import Link from 'next/link'
import { useAssistants } from '@/shared/llm/assistants'
import { aboutKnowledge, isNowhere } from '@/shared/llm/knowledge/choice'
import { KnowledgeFields } from '@/shared/llm/knowledge/knowledge-fields'
import { ToolFields } from '@/shared/llm/knowledge/tool-fields'
import { counted } from '@/shared/lib/counted'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Check } from '@/shared/ui/check'
import { Dialog } from '@/shared/ui/dialog'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useChat } from '../chat-context'
import type { Setup } from '../setup/setup'

interface OptionsProps {
  readonly setup: Setup
  readonly onSetup: (setup: Setup) => void
}

/** How the next replies are to come about: who answers, from what, and with which tools. */
export function Options({ setup, onSetup }: OptionsProps) {
  const { user } = useChat()
  const { data: assistants } = useAssistants(user, setup.assistant !== '')
  const assistant = assistants?.find(({ name }) => name === setup.assistant)
  const { knowledge, tools } = setup
  return (
    <>
      <Option
        icon="person"
        label="Assistant"
        value={setup.assistant ? (assistant?.displayName ?? 'Chosen') : ''}
      >
        <AssistantFields setup={setup} onSetup={onSetup} />
      </Option>
      <Option
        icon="book"
        label="Knowledge"
        value={isNowhere(knowledge) ? '' : aboutKnowledge(knowledge)}
      >
        <KnowledgeFields
          user={user}
          legend="Answer from"
          value={knowledge}
          onChange={(knowledge) => {
            onSetup({ ...setup, knowledge })
          }}
        />
        <Elsewhere to="/library">See to your documents in the library</Elsewhere>
      </Option>
      <Option icon="tool" label="Tools" value={tools.length ? counted(tools.length, 'tool') : ''}>
        <ToolFields
          user={user}
          legend="Models may use"
          value={tools}
          onChange={(tools) => {
            onSetup({ ...setup, tools })
          }}
        />
      </Option>
    </>
  )
}

interface OptionProps {
  readonly icon: Parameters<typeof Icon>[0]['name']
  readonly label: string
  /** What is chosen, in words; empty if nothing is. */
  readonly value: string
  readonly children: ReactNode
}

/** A button that says what is chosen, and a dialog to choose otherwise. */
function Option({ icon, label, value, children }: OptionProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        title={value ? `${label}: ${value}` : label}
        onClick={() => {
          setOpen(true)
        }}
        className={`inline-flex h-9 min-w-9 shrink items-center justify-center gap-1.5 overflow-hidden rounded-lg px-2 text-sm transition-colors hover:bg-line/60 hover:text-ink ${value ? 'text-accent' : 'text-ink-2'}`}
      >
        <Icon name={icon} className="size-[1.125rem]" />
        <span className="sr-only">{value ? `${label}: ` : label}</span>
        {value && <span className="sr-only md:hidden">{value}</span>}
        <span aria-hidden={!value || undefined} className="hidden max-w-36 truncate md:inline">
          {value || label}
        </span>
      </button>
      {open && (
        <Dialog
          title={label}
          onClose={() => {
            setOpen(false)
          }}
        >
          <div className="mt-4 space-y-4">{children}</div>
          <div className="mt-6 flex justify-end">
            <Button
              onClick={() => {
                setOpen(false)
              }}
            >
              Done
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function AssistantFields({ setup, onSetup }: OptionsProps) {
  const { user } = useChat()
  const assistants = useAssistants(user)
  const choices = [{ name: '', displayName: 'None', description: '' }, ...(assistants.data ?? [])]
  return (
    <>
      {assistants.error && <ProblemNote problem={problemOf(assistants.error)} />}
      <fieldset className="max-h-[50dvh] min-w-0 overflow-y-auto">
        <legend className="mb-1 text-sm font-medium">Who answers</legend>
        {choices.map(({ name, displayName, description }) => (
          <Check
            key={name}
            type="radio"
            name="assistant"
            checked={setup.assistant === name}
            onChange={() => {
              onSetup({ ...setup, assistant: name })
            }}
          >
            {displayName}
            {description && <span className="block text-sm text-ink-3">{description}</span>}
          </Check>
        ))}
      </fieldset>
      <Elsewhere to="/settings#assistants">Make assistants in the settings</Elsewhere>
    </>
  )
}

function Elsewhere({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <p className="text-sm">
      <Link prefetch={false} href={to} className="rounded text-accent underline underline-offset-4">
        {children}
      </Link>
    </p>
  )
}
