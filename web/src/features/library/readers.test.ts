import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import { GroupSchema } from '@/gen/parley/auth/v1/group_service_pb'
import { aboutReaders, choices, faultIn, parted, readersIn } from './readers'

it('tells users from groups', () => {
  const readers = ['users/a', 'groups/b', 'users/c']
  expect(parted(readers)).toEqual({ users: ['users/a', 'users/c'], groups: ['groups/b'] })
  expect(aboutReaders(readers)).toBe('2 readers and 1 group')
  expect(aboutReaders(['users/a'])).toBe('1 reader')
  expect(aboutReaders(['groups/a', 'groups/b'])).toBe('2 groups')
})

it('offers the own groups, and lets others be taken away', () => {
  const sales = create(GroupSchema, { name: 'groups/a', displayName: 'Sales' })
  expect(choices([sales], ['groups/b', 'groups/a'])).toEqual([
    { name: 'groups/a', displayName: 'Sales' },
    { name: 'groups/b', displayName: 'A group that you are not in, or that is gone' },
  ])
})

it('reads who may read a collection, with or without what a name begins with', () => {
  expect(readersIn('users/a, b\n users/a\n')).toEqual(['users/a', 'users/b'])
  expect(readersIn(' \n')).toEqual([])
})

it('says which of the readers is none', () => {
  const name = 'users/0b0f8a3e-6c1c-4a5e-9d4e-0d6a3c1f2b7a'
  expect(faultIn([])).toBeUndefined()
  expect(faultIn([name])).toBeUndefined()
  expect(faultIn(readersIn(`${name}, ada@example.com`))).toMatch(
    /^“ada@example.com” is no user name/,
  )
})
