const CHAT = '/chat'

/** The sign-in page, which leads back to where it was needed. */
export function signInPath(pathname: string, query: string): string {
  const to = query ? `${pathname}?${query}` : pathname
  return to === CHAT ? '/sign-in' : `/sign-in?${new URLSearchParams({ to }).toString()}`
}

/** Where to go after signing in. A link names a page of ours, never another site. */
export function returnPath(search: string): string {
  const to = new URLSearchParams(search).get('to') ?? ''
  return /^\/(settings|chat\?c=[0-9a-f-]{36})$/.test(to) ? to : CHAT
}
