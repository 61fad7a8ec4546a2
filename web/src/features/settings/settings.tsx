'use client'

import { useState } from 'react'
import Link from 'next/link'
import { QueryClientProvider } from '@tanstack/react-query'
import { newQueryClient } from '@/shared/rpc/query-client'
import { Icon } from '@/shared/ui/icon'
import { Wordmark } from '@/shared/ui/mark'
import { AssistantsSection } from './assistants/assistants-section'
import { EraseSection } from './erasure/erase-section'
import { ExportSection } from './export/export-section'
import { ImportSection } from './imports/import-section'
import { MemoriesSection } from './memories/memories-section'
import { PromptsSection } from './prompts/prompts-section'
import { Section } from './section'
import { SharesSection } from './shares/shares-section'
import { ToolsSection } from './tools/tools-section'
import { UsageSection } from './usage/usage-section'
import { useArrival } from './use-arrival'

const SECTIONS = [
  {
    id: 'usage',
    title: 'Usage',
    about: 'What you have used, what is left, and what each answer cost.',
    Content: UsageSection,
  },
  {
    id: 'assistants',
    title: 'Assistants',
    about: 'Instructions, a model, knowledge and tools under one name, to talk to.',
    Content: AssistantsSection,
  },
  {
    id: 'prompts',
    title: 'Prompts',
    about: 'Instructions with variables. Each change is a version, and versions can be compared.',
    Content: PromptsSection,
  },
  {
    id: 'memories',
    title: 'Memories',
    about: 'What models are told about you in every conversation.',
    Content: MemoriesSection,
  },
  {
    id: 'tools',
    title: 'Tools',
    about: 'What models may do beside writing. Only what is switched on can be chosen.',
    Content: ToolsSection,
  },
  {
    id: 'links',
    title: 'Shared links',
    about:
      'Whoever has one of these links sees a conversation as it was when the link was made. ' +
      'Make one from the menu of a conversation.',
    Content: SharesSection,
  },
  {
    id: 'export',
    title: 'Export',
    about: 'Take your conversations out, to keep them or to move them.',
    Content: ExportSection,
  },
  {
    id: 'import',
    title: 'Import',
    about:
      'Bring conversations in: an export of Parley, ChatGPT or Claude. The zip file as it was ' +
      'sent to you, or the conversations.json in it. What is here already stays as it is.',
    Content: ImportSection,
  },
  {
    id: 'erase',
    title: 'Erase my data',
    about:
      'Begin anew: everything you have said and been answered goes, and your account stays. ' +
      'To delete the account too, use the account menu beside your conversations.',
    Content: EraseSection,
  },
] as const

/** All that a person can see to, apart from conversations. */
export function Settings({ user }: { readonly user: string }) {
  const [queryClient] = useState(() => newQueryClient())
  const sections = useArrival<HTMLDivElement>()
  return (
    <QueryClientProvider client={queryClient}>
      <div className="mx-auto max-w-[60rem] px-5 pb-24 md:px-8">
        <header className="flex h-16 items-center justify-between">
          <Wordmark />
          {/* Most who come here stay for a while: what the other page needs would be loaded in vain. */}
          <Link
            prefetch={false}
            href="/chat"
            className="-mr-2 inline-flex items-center gap-1.5 rounded-lg px-2 py-2 text-[0.9375rem] text-ink-2 hover:text-ink"
          >
            <Icon name="chevron-left" />
            Conversations
          </Link>
        </header>
        <main className="mt-6 md:grid md:grid-cols-[10rem_minmax(0,1fr)] md:gap-12">
          <div>
            <h1 className="font-serif text-4xl font-medium tracking-tight">Settings</h1>
            <nav aria-label="Settings" className="mt-5 md:sticky md:top-6">
              <ul className="flex flex-wrap gap-x-5 gap-y-1 md:block">
                {SECTIONS.map(({ id, title }) => (
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
          <div ref={sections} className="mt-2 min-w-0 md:-mt-8">
            {SECTIONS.map(({ Content, ...section }) => (
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
