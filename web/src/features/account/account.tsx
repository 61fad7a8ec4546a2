'use client'

import { SectionsPage } from '@/shared/ui/sections-page'
import type { SectionOfPage } from '@/shared/ui/sections-page'
import { IdentitiesSection } from './identities/identities-section'
import { KeysSection } from './keys/keys-section'
import { ProfileSection } from './profile/profile-section'
import { SecuritySection } from './security/security-section'
import { SessionsSection } from './sessions/sessions-section'

const SECTIONS = [
  {
    id: 'profile',
    title: 'Profile',
    about: 'Who you are here, and how mail reaches you.',
    Content: ProfileSection,
  },
  {
    id: 'security',
    title: 'Security',
    about: 'How you show that it is you. Each change is told to you by mail.',
    Content: SecuritySection,
  },
  {
    id: 'sessions',
    title: 'Sessions',
    about:
      'Browsers and terminals that are signed in as you. End one that you do not know, and ' +
      'change your password.',
    Content: SessionsSection,
  },
  {
    id: 'keys',
    title: 'API keys',
    about: 'With these, programs call Parley as you, for what you allow and as long as you say.',
    Content: KeysSection,
  },
  {
    id: 'identities',
    title: 'Identities',
    about: 'Accounts elsewhere that you sign in with.',
    Content: IdentitiesSection,
  },
] as const satisfies readonly SectionOfPage[]

/** All that a person can see to about the account itself. */
export function Account({ user }: { readonly user: string }) {
  return <SectionsPage title="Account" user={user} sections={SECTIONS} />
}
