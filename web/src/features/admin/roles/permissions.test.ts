import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { Permission } from '@/gen/parley/access/v1/access_pb'
import { RoleSchema } from '@/gen/parley/auth/v1/role_service_pb'
import { idOfRole, roleOptions } from './names'
import { PERMISSIONS, toggled } from './permissions'

it('has words for every permission', () => {
  const said = new Set<Permission>(PERMISSIONS.map(([permission]) => permission))
  const all = Object.values(Permission).filter((value) => typeof value === 'number')
  expect(all.filter((each) => each !== Permission.UNSPECIFIED && !said.has(each))).toEqual([])
})

it('adds a permission in its place, and takes it away again', () => {
  const before = [Permission.ACCOUNT, Permission.TOOLS]
  const after = [Permission.ACCOUNT, Permission.CHAT, Permission.TOOLS]
  expect(toggled(before, Permission.CHAT)).toEqual(after)
  expect(toggled(after, Permission.CHAT)).toEqual(before)
})

it('offers the role that somebody has before the others are known', () => {
  const owner = create(RoleSchema, { name: 'roles/owner', displayName: 'Owner' })
  const known = { value: 'roles/owner', label: 'Owner' }
  expect(roleOptions([owner], 'roles/owner')).toEqual([known])
  expect(roleOptions(undefined, 'roles/owner')).toEqual([{ value: 'roles/owner', label: 'owner' }])
  expect(idOfRole('roles/guest')).toBe('guest')
})
