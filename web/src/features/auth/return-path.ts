import type { Route } from 'next'

const CHAT = '/chat'

/** The sign-in page, which leads back to where it was needed. */
export function signInPath(pathname: string, query: string): Route {
  if (!query) return '/sign-in'
  return `/sign-in?${new URLSearchParams({ to: `${pathname}?${query}` }).toString()}` as Route
}

/** Where to go after signing in. A link can name only a conversation, never another site. */
export function returnPath(search: string): Route {
  const to = new URLSearchParams(search).get('to') ?? ''
  return (/^\/chat\?c=[0-9a-f-]{36}$/.test(to) ? to : CHAT) as Route
}
