'use client'

import type { ReactNode } from 'react'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { useChat } from './chat-context'
import { useModels } from '@/shared/llm/models'
import { ModelPicker } from './models/model-picker'

interface HeaderProps {
  /** Of the conversation that is open; empty until it has one. */
  readonly title?: string
  readonly children?: ReactNode
}

/** What is open, who answers, and, where the sidebar is hidden, the way to it. */
export function Header({ title, children }: HeaderProps) {
  const { openDrawer } = useChat()
  const { data: models = [] } = useModels()
  const offline = models[0]?.provider === 'offline'
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-1 px-3 md:pl-6">
        <IconButton label="Conversations" onClick={openDrawer} className="md:hidden">
          <Icon name="menu" className="size-5" />
        </IconButton>
        <div className="min-w-0 flex-1 px-1 text-[0.9375rem] text-ink-2">
          {title !== undefined && (
            <h1 className={title ? 'truncate' : 'sr-only'}>{title || 'Untitled'}</h1>
          )}
        </div>
        {!offline && <ModelPicker models={models} />}
        {children}
      </header>
      {offline && (
        <div className="mx-auto w-full max-w-[46rem] px-3 pb-2 md:px-6">
          <p className="flex items-center gap-2.5 rounded-lg bg-accent-wash px-4 py-2.5 text-sm text-ink-2">
            <Icon name="info" className="size-[1.125rem] text-accent" />
            No model is configured. Replies quote your documents, and say how to connect one.
          </p>
        </div>
      )}
    </>
  )
}
