const CHAT = '/chat'

/** The sign-in page, which leads back to where it was needed. */
export function signInPath(pathname: string, query: string): string {
  if (!query) return '/sign-in'
  return `/sign-in?${new URLSearchParams({ to: `${pathname}?${query}` }).toString()}`
}

/** Where to go after signing in. A link can name only a conversation, never another site. */
export function returnPath(search: string): string {
  const to = new URLSearchParams(search).get('to') ?? ''
  return /^\/chat\?c=[0-9a-f-]{36}$/.test(to) ? to : CHAT
}
