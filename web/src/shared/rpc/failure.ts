import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { PasskeyRefused } from '@/shared/lib/passkeys'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'

/** Puts into words what Parley refused, or the browser did not do. */
export function failureOf(error: unknown): Problem {
  if (!(error instanceof PasskeyRefused)) return problemOf(error)
  return { reason: ErrorReason.UNSPECIFIED, text: error.message, retry: true }
}
