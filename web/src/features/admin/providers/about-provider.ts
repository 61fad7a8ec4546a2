import { IdentityProvider_Kind as Kind } from '@/gen/parley/auth/v1/identity_service_pb'
import type { IdentityProviderRegistration } from '@/gen/parley/auth/v1/identity_provider_service_pb'

const KINDS: Readonly<Record<Kind, string>> = {
  [Kind.UNSPECIFIED]: 'Unknown',
  [Kind.GOOGLE]: 'Google',
  [Kind.GITHUB]: 'GitHub',
  [Kind.MICROSOFT]: 'Microsoft',
  [Kind.OPENID_CONNECT]: 'OpenID Connect',
}

/** Says what a provider is. */
export function kindOf({ kind }: Pick<IdentityProviderRegistration, 'kind'>): string {
  return KINDS[kind]
}

/** Says whether coming from a provider shows who one is, as what is delicate asks for. */
export function freshnessOf({
  assumeFresh,
}: Pick<IdentityProviderRegistration, 'assumeFresh'>): string {
  return assumeFresh ? 'Yes, as configured' : 'If it says when they showed it there'
}

/** Says whom a provider lets in. */
export function admissionOf(
  registration: Pick<IdentityProviderRegistration, 'signUp' | 'emailDomains'>,
): string {
  const { signUp, emailDomains } = registration
  if (!signUp) return 'Nobody new: only who has an account here, and links it'
  if (emailDomains.length === 0) return 'Everybody whose address it has verified'
  return `Who has an address at ${emailDomains.join(', ')}, which it has verified`
}
