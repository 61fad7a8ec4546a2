/**
 * Reads the claim `scope` of an access token (RFC 9068). Nothing is verified here: it only
 * decides what is shown, and the services decide what is done.
 */
export function scopeOf(token: string): string {
  const payload = token.split('.')[1]
  if (!payload) return ''
  try {
    const json = atob(payload.replace(/-/g, '+').replace(/_/g, '/'))
    const claims = JSON.parse(json) as { readonly scope?: unknown }
    return typeof claims.scope === 'string' ? claims.scope : ''
  } catch {
    return ''
  }
}
