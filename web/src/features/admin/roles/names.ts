import type { Role } from '@/gen/parley/auth/v1/role_service_pb'

/** The roles that can be chosen; what is chosen is among them, also while they are not known. */
export function roleOptions(roles: readonly Role[] = [], chosen?: string) {
  const options = roles.map(({ name, displayName }) => ({ value: name, label: displayName }))
  const missing = chosen && !roles.some(({ name }) => name === chosen)
  return missing ? [...options, { value: chosen, label: idOfRole(chosen) }] : options
}

/** Says a role as it is spelled, without what all of them begin with. */
export function idOfRole(name: string): string {
  return name.replace(/^roles\//, '')
}
