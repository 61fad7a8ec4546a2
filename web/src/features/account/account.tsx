'use client'

import { SectionsPage } from '@/shared/ui/sections-page'
import type { SectionOfPage } from '@/shared/ui/sections-page'
import { SessionsSection } from './sessions/sessions-section'

const SECTIONS = [
  {
    id: 'sessions',
    title: 'Sessions',
    about:
      'Browsers and terminals that are signed in as you. End one that you do not know, and ' +
      'change your password.',
    Content: SessionsSection,
  },
] as const satisfies readonly SectionOfPage[]

/** All that a person can see to about the account itself. */
export function Account({ user }: { readonly user: string }) {
  return <SectionsPage title="Account" user={user} sections={SECTIONS} />
}
