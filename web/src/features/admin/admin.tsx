'use client'

import { useScopes } from '@/shared/rpc/rpc-context'
import type { AdminScope } from '@/shared/rpc/scopes'
import { SectionsPage } from '@/shared/ui/sections-page'
import type { SectionOfPage } from '@/shared/ui/sections-page'
import { AuditSection } from './audit/audit-section'

interface AdminSection extends SectionOfPage {
  /** What somebody must be allowed to see it. */
  readonly scope: AdminScope
}

const SECTIONS = [
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
    <SectionsPage title="Administration" user={user} sections={sections} />
  ) : (
    <NotForYou />
  )
}

function NotForYou() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-4xl font-medium tracking-tight">Not for you</h1>
      <p className="text-ink-2">Your role here does not include administration.</p>
    </main>
  )
}
