import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import type { Problem } from '@/shared/rpc/problem'

export interface Credentials {
  readonly email: string
  readonly password: string
}

export type Faults = Partial<Record<keyof Credentials, string>>

const MIN_PASSWORD = 8
const MAX_PASSWORD = 128

/** Reads the two fields of a form. */
export function credentialsIn(form: HTMLFormElement): Credentials {
  const data = new FormData(form)
  const text = (name: string) => {
    const value = data.get(name)
    return typeof value === 'string' ? value : ''
  }
  return { email: text('email').trim(), password: text('password') }
}

/** Says what is missing to sign in. Whether it is right, the server says. */
export function faultsAtSignIn({ email, password }: Credentials): Faults {
  return {
    ...(!email && { email: 'Enter your e-mail address.' }),
    ...(!password && { password: 'Enter your password.' }),
  }
}

/** Says what the server would not accept for a new account. */
export function faultsAtSignUp({ email, password }: Credentials): Faults {
  const length = [...password].length
  return {
    ...(!/^[^\s@]+@[^\s@]+$/.test(email) && { email: 'Enter an address like ada@example.org.' }),
    ...(length < MIN_PASSWORD && { password: `Use at least ${String(MIN_PASSWORD)} characters.` }),
    ...(length > MAX_PASSWORD && { password: `Use at most ${String(MAX_PASSWORD)} characters.` }),
  }
}

/** Finds the field that a refusal is about. */
export function faultsIn(problem: Problem | undefined): Faults {
  if (problem?.reason === ErrorReason.EMAIL_TAKEN) return { email: problem.text }
  if (problem?.field === 'password') return { password: problem.text }
  if (problem?.field?.endsWith('email')) return { email: problem.text }
  return {}
}
