import type { Group } from '@/gen/parley/auth/v1/group_service_pb'
import { counted } from '@/shared/lib/counted'

const GROUPS = 'groups/'

/** Parts who may read a collection into users and groups. */
export function parted(readers: readonly string[]) {
  return {
    users: readers.filter((name) => !name.startsWith(GROUPS)),
    groups: readers.filter((name) => name.startsWith(GROUPS)),
  }
}

/** Says how many may read a collection. */
export function aboutReaders(readers: readonly string[]): string {
  const { users, groups } = parted(readers)
  return [
    users.length > 0 && counted(users.length, 'reader'),
    groups.length > 0 && counted(groups.length, 'group'),
  ]
    .filter(Boolean)
    .join(' and ')
}

/** Names the groups to choose from: the own ones, then those that are chosen already. */
export function choices(own: readonly Group[], chosen: readonly string[]) {
  const known = new Set(own.map(({ name }) => name))
  return [
    ...own.map(({ name, displayName }) => ({ name, displayName })),
    ...chosen
      .filter((name) => !known.has(name))
      .map((name) => ({ name, displayName: 'A group that you are not in, or that is gone' })),
  ]
}

/** Returns the readers that were written down, each on a line of its own or after a comma. */
export function readersIn(written: string): readonly string[] {
  const names = written.split(/[\s,]+/).filter(Boolean)
  return [...new Set(names.map((name) => (name.startsWith('users/') ? name : `users/${name}`)))]
}

const USER = /^users\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Says what is wrong with the readers that were written down, if anything is. */
export function faultIn(readers: readonly string[]): string | undefined {
  const wrong = readers.find((reader) => !USER.test(reader))
  if (wrong === undefined) return undefined
  const written = wrong.slice('users/'.length)
  return `“${written}” is no user name. People find theirs in their library.`
}
