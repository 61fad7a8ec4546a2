import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Patience } from '@/shared/lib/patience'
import { problemOf } from './problem'
import type { Problem } from './problem'

/** What passes by itself. */
export const TEMPORARY: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.UNAVAILABLE,
  ErrorReason.OVERLOADED,
  ErrorReason.RATE_LIMITED,
])

interface Options {
  readonly signal: AbortSignal
  /** Told why the call waits to be made again. */
  readonly onWait: (problem: Problem) => void
}

/** Makes a call that may be made twice, until it is answered. */
export async function persistently<T>(
  call: () => Promise<T>,
  { signal, onWait }: Options,
): Promise<T> {
  const patience = new Patience()
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const problem = problemOf(error)
      if (signal.aborted || !TEMPORARY.has(problem.reason)) throw error
      onWait(problem)
    }
    await patience.wait(signal)
  }
}
