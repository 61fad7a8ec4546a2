import type { Proof } from './api'

const TOTP = /^\d{6}$/

/** Reads what somebody typed as a code of an authenticator, or else as a recovery code. */
export function proofOf(typed: string): Proof | undefined {
  const code = typed.replace(/[\s-]/g, '')
  if (!code) return undefined
  return TOTP.test(code)
    ? { case: 'totpCode', value: code }
    : { case: 'recoveryCode', value: typed.trim() }
}
