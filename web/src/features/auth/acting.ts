import { ImpersonationService } from '@/gen/parley/auth/v1/impersonation_service_pb'
import { useClient, useRpc } from '@/shared/rpc/rpc-context'

/** Ends acting as somebody else: in this tab at once, and everywhere when auth hears of it. */
export function useStopActing(): () => void {
  const { session } = useRpc()
  const client = useClient(ImpersonationService)
  return () => {
    const accessToken = session.endActing()
    if (!accessToken) return
    // Nobody else has the token: if auth cannot be told, it ends with its five minutes.
    client.endImpersonation({ accessToken }).catch(() => undefined)
  }
}
