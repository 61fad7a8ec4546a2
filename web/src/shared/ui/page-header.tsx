import { createContext, use } from 'react'
import type { ReactNode } from 'react'
import Link from 'next/link'
import { Icon } from './icon'
import { Wordmark } from './mark'

/** How who is signed in leaves: whoever knows them says so, and each page shows it. */
export const Leaving = createContext<ReactNode>(null)

interface PageHeaderProps {
  /** Where one comes from mostly. */
  readonly back: string
  readonly children: ReactNode
}

/** The head of a page beside the conversations: the way back, and the way out. */
export function PageHeader({ back, children }: PageHeaderProps) {
  const leaving = use(Leaving)
  return (
    <header className="flex h-16 shrink-0 items-center justify-between">
      <Wordmark />
      <div className="-mr-2 flex items-center gap-1">
        {/* Most who come here stay for a while: what the other page needs would be loaded in vain. */}
        <Link
          prefetch={false}
          href={back}
          className="inline-flex items-center gap-1.5 rounded-lg px-2 py-2 text-[0.9375rem] text-ink-2 hover:text-ink"
        >
          <Icon name="chevron-left" />
          {children}
        </Link>
        {leaving}
      </div>
    </header>
  )
}
