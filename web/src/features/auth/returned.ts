/** What a browser brings back from an identity provider. */
export interface Returned {
  readonly purpose: 'sign-in' | 'link'
  readonly state: string
  readonly code: string
  readonly issuer: string
  readonly error: string
}

// The server makes states that begin so, and holds each to its purpose whatever is said here.
const LINK = /^l[\w-]{43}$/
const SIGN_IN = /^[sa][\w-]{43}$/

/** Reads the address of the callback page; undefined if nobody comes back with it. */
export function returnedIn(search: string): Returned | undefined {
  const found = new URLSearchParams(search)
  const one = (name: string) => found.get(name) ?? ''
  const state = one('state')
  const purpose = LINK.test(state) ? 'link' : SIGN_IN.test(state) ? 'sign-in' : undefined
  if (!purpose || (!one('code') && !one('error'))) return undefined
  return { purpose, state, code: one('code'), issuer: one('iss'), error: one('error') }
}

const PATH = /^\/(?![/\\])[\w\-./?=&%]*(#[\w-]*)?$/

/** Where to go on: a page of ours, whatever anybody said. */
export function onward(path: string): string {
  return PATH.test(path) && path !== '/' && !path.includes('..') ? path : '/chat'
}
