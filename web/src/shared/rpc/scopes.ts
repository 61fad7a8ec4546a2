/** What opens the pages of administration: each of these has a section there. */
const ADMINISTRATION = ['users_read', 'invitations_write', 'policy_write', 'audit_read'] as const

export type AdminScope = (typeof ADMINISTRATION)[number]

/** Tells whether there is anything for somebody to administer. */
export function mayAdminister(scopes: ReadonlySet<string>): boolean {
  return ADMINISTRATION.some((scope) => scopes.has(scope))
}
