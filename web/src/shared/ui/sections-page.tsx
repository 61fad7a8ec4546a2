'use client'

import type { ComponentType } from 'react'
import { useState } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import { newQueryClient } from '@/shared/rpc/query-client'
import { useArrival } from '@/shared/lib/use-arrival'
import { PageHeader } from './page-header'
import { Section } from './section'

/** One thing that can be seen to on a page. */
export interface SectionOfPage {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly Content: ComponentType<{ readonly user: string }>
}

interface SectionsPageProps {
  readonly title: string
  readonly user: string
  readonly sections: readonly SectionOfPage[]
}

/** A page of things that can be seen to, one below the other, with a list of them beside. */
export function SectionsPage({ title, user, sections }: SectionsPageProps) {
  const [queryClient] = useState(() => newQueryClient())
  const arrival = useArrival<HTMLDivElement>()
  return (
    <QueryClientProvider client={queryClient}>
      <div className="mx-auto max-w-[60rem] px-5 pb-24 md:px-8">
        <PageHeader back="/chat">Conversations</PageHeader>
        <main className="mt-6 md:grid md:grid-cols-[10rem_minmax(0,1fr)] md:gap-12">
          <div>
            <h1 className="font-serif text-4xl font-medium tracking-tight">{title}</h1>
            <nav aria-label={title} className="mt-5 md:sticky md:top-[calc(1.5rem+var(--banner))]">
              <ul className="flex flex-wrap gap-x-5 gap-y-1 md:block">
                {sections.map(({ id, title }) => (
                  <li key={id}>
                    <a
                      href={`#${id}`}
                      className="inline-block rounded py-1 text-[0.9375rem] text-ink-2 hover:text-ink"
                    >
                      {title}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          </div>
          <div ref={arrival} className="mt-2 min-w-0 md:-mt-8">
            {sections.map(({ Content, ...section }) => (
              <Section key={section.id} {...section}>
                <Content user={user} />
              </Section>
            ))}
          </div>
        </main>
      </div>
    </QueryClientProvider>
  )
}
