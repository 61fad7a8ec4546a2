import { useState } from 'react'
import { failureOf } from '@/shared/rpc/failure'
import type { Problem } from '@/shared/rpc/problem'

/** Does one thing at a time, and keeps what went wrong with the last. */
export function useAttempt() {
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const attempt = async (action: () => Promise<void>) => {
    if (pending) return
    setPending(true)
    setProblem(undefined)
    try {
      await action()
    } catch (error) {
      setProblem(failureOf(error))
    } finally {
      setPending(false)
    }
  }
  return { pending, problem, attempt }
}
