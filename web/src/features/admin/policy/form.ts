import { Policy_SignUp as SignUp } from '@/gen/parley/auth/v1/policy_service_pb'

/** The policy as the form has it. */
export interface WantedPolicy {
  readonly signUp: SignUp
  readonly domains: string[]
  readonly defaultRole: string
  readonly secondFactorRequired: boolean
  readonly secondFactorRoles: string[]
}

export const WAYS = [
  { value: SignUp.OPEN, label: 'Everybody' },
  { value: SignUp.DOMAINS, label: 'Who has an address at these domains, or an invitation' },
  { value: SignUp.INVITATION, label: 'Who has an invitation' },
] as const

/** Reads the form. */
export function policyIn(form: FormData): WantedPolicy {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  return {
    signUp: WAYS.find(({ value }) => String(value) === text('signUp'))?.value ?? SignUp.INVITATION,
    domains: domainsIn(text('domains')),
    defaultRole: text('defaultRole'),
    secondFactorRequired: form.has('required'),
    secondFactorRoles: form.getAll('roles').filter((role) => typeof role === 'string'),
  }
}

/** Reads domains that stand in lines, or with spaces or commas between them. */
export function domainsIn(typed: string): string[] {
  const domains = typed.split(/[\s,;]+/).map((domain) => domain.replace(/^@/, '').toLowerCase())
  return [...new Set(domains.filter(Boolean))]
}
