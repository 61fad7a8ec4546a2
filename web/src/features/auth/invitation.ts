const INVITATION = /^#invitation=([\w-]+)$/

/** Returns what an invitation's link brings, if it is one: `/sign-up#invitation={token}`. */
export function invitationIn(hash: string): string {
  return INVITATION.exec(hash)?.[1] ?? ''
}
