const CHAT = '/chat'

/** The sign-in page, which leads back to where it was needed. */
export function signInPath(pathname: string, query: string): string {
  const to = query ? `${pathname}?${query}` : pathname
  return to === CHAT ? '/sign-in' : `/sign-in?${new URLSearchParams({ to }).toString()}`
}

const RETURN =
  /^\/(account|admin|settings|library|device|chat\?c=[0-9a-f-]{36}|document\?[\w%&=.-]+)$/
// Pages whose secret stands after the `#`, where no server sees it.
const SECRET = /^\/(shared|device)$/
const TOKEN = /^#[\w-]+$/

/** Where to go after signing in. A link names a page of ours, never another site. */
export function returnPath({ search, hash }: Pick<Location, 'search' | 'hash'>): string {
  const to = new URLSearchParams(search).get('to') ?? ''
  if (SECRET.test(to) && TOKEN.test(hash)) return to + hash
  return RETURN.test(to) ? to : CHAT
}
