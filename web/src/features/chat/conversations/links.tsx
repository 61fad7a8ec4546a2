'use client'

import type { ComponentProps, MouseEvent } from 'react'
import { useChat } from '../chat-context'

/** The address of a conversation, or of a new one. */
export function chatPath(id: string | undefined): string {
  return id ? `/chat?${new URLSearchParams({ c: id }).toString()}` : '/chat'
}

interface ChatLinkProps extends Omit<ComponentProps<'a'>, 'href' | 'onClick'> {
  readonly to: string | undefined
}

/** A link to a conversation that goes there without loading anything. */
export function ChatLink({ to, ...props }: ChatLinkProps) {
  const { open, openId } = useChat()
  const follow = (event: MouseEvent) => {
    // Another tab or window is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    open(to)
  }
  return (
    <a
      {...props}
      href={chatPath(to)}
      onClick={follow}
      aria-current={to && to === openId ? 'page' : undefined}
    />
  )
}
