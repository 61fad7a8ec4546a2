import type { Invitation } from '@/gen/parley/auth/v1/invitation_service_pb'

/** Reads an address, a domain (`example.com` or `@example.com`), or nothing: whoever has it. */
export function inviteeOf(typed: string): Invitation['invitee'] {
  const whom = typed.trim()
  if (whom === '') return { case: undefined }
  if (/^@?[^@]+$/.test(whom)) return { case: 'domain', value: whom.replace('@', '') }
  return { case: 'email', value: whom }
}

/** Says whom an invitation is for. */
export function inviteeName({ invitee }: Pick<Invitation, 'invitee'>): string {
  switch (invitee.case) {
    case 'email':
      return invitee.value
    case 'domain':
      return `Anybody at ${invitee.value}`
    case undefined:
      return 'Whoever has the link'
  }
}

/** The page that an invitation opens. What it is stays behind the `#`, where no server sees it. */
export function invitationLink(origin: string, token: string): string {
  return `${origin}/sign-up#invitation=${token}`
}
