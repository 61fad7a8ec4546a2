'use client'

import { SectionsPage } from '@/shared/ui/sections-page'
import type { SectionOfPage } from '@/shared/ui/sections-page'
import { AssistantsSection } from './assistants/assistants-section'
import { EraseSection } from './erasure/erase-section'
import { ExportSection } from './export/export-section'
import { ImportSection } from './imports/import-section'
import { MemoriesSection } from './memories/memories-section'
import { PromptsSection } from './prompts/prompts-section'
import { SharesSection } from './shares/shares-section'
import { ToolsSection } from './tools/tools-section'
import { UsageSection } from './usage/usage-section'

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
] as const satisfies readonly SectionOfPage[]

/** All that a person can see to, apart from conversations and the account itself. */
export function Settings({ user }: { readonly user: string }) {
  return <SectionsPage title="Settings" user={user} sections={SECTIONS} />
}
