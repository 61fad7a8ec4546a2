import { expect, it } from 'vitest'
import { Policy_SignUp as SignUp } from '@/gen/parley/auth/v1/policy_service_pb'
import { domainsIn, policyIn } from './form'

it('reads domains however they are parted, each once', () => {
  expect(domainsIn('example.com, @Example.org\nexample.com')).toEqual([
    'example.com',
    'example.org',
  ])
  expect(domainsIn(' \n')).toEqual([])
})

it('reads all of the form', () => {
  const form = new FormData()
  form.set('signUp', String(SignUp.DOMAINS))
  form.set('domains', 'example.com')
  form.set('defaultRole', 'roles/guest')
  form.set('required', 'on')
  form.append('roles', 'roles/owner')
  form.append('roles', 'roles/admin')
  expect(policyIn(form)).toEqual({
    signUp: SignUp.DOMAINS,
    domains: ['example.com'],
    defaultRole: 'roles/guest',
    secondFactorRequired: true,
    secondFactorRoles: ['roles/owner', 'roles/admin'],
  })
})

it('lets nobody in by mistake', () => {
  expect(policyIn(new FormData()).signUp).toBe(SignUp.INVITATION)
})
