'use client'

import { useScopes } from '@/shared/rpc/rpc-context'
import type { AdminScope } from '@/shared/rpc/scopes'
import { PageHeader } from '@/shared/ui/page-header'
import { SectionsPage } from '@/shared/ui/sections-page'
import type { SectionOfPage } from '@/shared/ui/sections-page'
import { AuditSection } from './audit/audit-section'
import { GroupsSection } from './groups/groups-section'
import { InvitationsSection } from './invitations/invitations-section'
import { PeopleSection } from './people/people-section'
import { PolicySection } from './policy/policy-section'
import { ProvidersSection } from './providers/providers-section'
import { RolesSection } from './roles/roles-section'

interface AdminSection extends SectionOfPage {
  /** What somebody must be allowed to see it. */
  readonly scope: AdminScope
}

const SECTIONS = [
  {
    id: 'people',
    scope: 'users_read',
    title: 'People',
    about: 'Who has an account here, and what they may do.',
    Content: PeopleSection,
  },
  {
    id: 'groups',
    scope: 'users_read',
    title: 'Groups',
    about: 'People who belong together. A group can add to what its members may do.',
    Content: GroupsSection,
  },
  {
    id: 'roles',
    scope: 'users_read',
    title: 'Roles',
    about: 'What people may do. Four of them there always are, and nobody changes those.',
    Content: RolesSection,
  },
  {
    id: 'invitations',
    scope: 'invitations_write',
    title: 'Invitations',
    about: 'Each is good for seven days and one person.',
    Content: InvitationsSection,
  },
  {
    id: 'policy',
    scope: 'policy_write',
    title: 'Policy',
    about: 'Who may sign up here, and what they need to sign in.',
    Content: PolicySection,
  },
  {
    id: 'providers',
    scope: 'policy_write',
    title: 'Providers',
    about: 'Where people may have an account to sign in with. A file says which; this shows it.',
    Content: ProvidersSection,
  },
  {
    id: 'audit',
    scope: 'audit_read',
    title: 'Audit',
    about:
      'What happened to accounts. Each event is signed and names the one before it, so that ' +
      'nobody changes the log unseen.',
    Content: AuditSection,
  },
] as const satisfies readonly AdminSection[]

/** What the user may see to for everybody. */
export function Admin({ user }: { readonly user: string }) {
  const scopes = useScopes()
  const sections = SECTIONS.filter(({ scope }) => scopes.has(scope))
  return sections.length > 0 ? (
    <SectionsPage title="Admin" user={user} sections={sections} />
  ) : (
    <NotForYou />
  )
}

function NotForYou() {
  return (
    <div className="mx-auto flex min-h-page max-w-md flex-col px-6">
      <PageHeader back="/chat">Conversations</PageHeader>
      <main className="flex flex-1 flex-col justify-center gap-4">
        <h1 className="font-serif text-4xl font-medium tracking-tight">Not for you</h1>
        <p className="text-ink-2">Your role here does not include administration.</p>
      </main>
    </div>
  )
}
