/** What has to be typed to erase everything. */
export const CONFIRMATION = 'erase my data'

/** Tells whether somebody means it, however they write it. */
export function confirms(typed: string): boolean {
  return typed.trim().replaceAll(/\s+/g, ' ').toLowerCase() === CONFIRMATION
}
