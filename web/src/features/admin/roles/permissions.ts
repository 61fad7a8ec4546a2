import { Permission } from '@/gen/parley/access/v1/access_pb'

/** What a role can allow, in words. */
export const PERMISSIONS = [
  [Permission.ACCOUNT, 'Their own account'],
  [Permission.CHAT, 'Conversations'],
  [Permission.KNOWLEDGE, 'Documents'],
  [Permission.TOOLS, 'Models, tools and assistants'],
  [Permission.API_KEYS, 'Their own API keys'],
  [Permission.USERS_READ, 'See who is here'],
  [Permission.USERS_WRITE, 'Disable and delete accounts'],
  [Permission.GROUPS_WRITE, 'Change groups'],
  [Permission.ROLES_WRITE, 'Change roles'],
  [Permission.SESSIONS_REVOKE, 'Sign others out'],
  [Permission.INVITATIONS_WRITE, 'Invite people'],
  [Permission.IMPERSONATE, 'Act as somebody else'],
  [Permission.AUDIT_READ, 'Read the audit log'],
  [Permission.POLICY_WRITE, 'Change the policy'],
  [Permission.SIGNING_KEYS_ROTATE, 'Rotate signing keys'],
  [Permission.SCIM, 'Provision people by SCIM'],
] as const satisfies readonly (readonly [Permission, string])[]

/** Returns what a role allows once one thing is added or taken away, in the order of the API. */
export function toggled(permissions: readonly Permission[], one: Permission): Permission[] {
  const others = permissions.filter((permission) => permission !== one)
  return others.length < permissions.length ? others : [...others, one].sort((a, b) => a - b)
}
