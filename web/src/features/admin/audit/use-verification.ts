import { useEffect, useRef, useState } from 'react'
import { AuditService } from '@/gen/parley/auth/v1/audit_service_pb'
import type { VerifyAuditLogResponse } from '@/gen/parley/auth/v1/audit_service_pb'
import { heard } from '@/shared/rpc/heard'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'

type Step = VerifyAuditLogResponse['step']

export type VerificationState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly step?: Step }
  | { readonly phase: 'done'; readonly step: Step }
  | { readonly phase: 'failed'; readonly problem: Problem }

/** Has the log verified, and follows how far that is. */
export function useVerification() {
  const client = useClient(AuditService)
  const [state, setState] = useState<VerificationState>({ phase: 'idle' })
  const running = useRef<AbortController>(undefined)
  useEffect(
    () => () => {
      running.current?.abort()
    },
    [],
  )
  const start = async (expected: string) => {
    const abort = new AbortController()
    running.current = abort
    setState({ phase: 'running' })
    try {
      let step: Step = { case: undefined }
      const open = (call: object) => client.verifyAuditLog({ expected }, call)
      for await (const response of heard(open, abort.signal)) {
        step = response.step
        setState({ phase: 'running', step })
      }
      setState({ phase: 'done', step })
    } catch (error) {
      if (!abort.signal.aborted) setState({ phase: 'failed', problem: problemOf(error) })
    }
  }
  return { state, start }
}
