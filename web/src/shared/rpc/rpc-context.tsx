'use client'

import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { createClient } from '@connectrpc/connect'
import type { Client } from '@connectrpc/connect'
import type { DescService } from '@bufbuild/protobuf'
import type { ActingState } from './acting'
import type { SessionState } from './session'
import { createRpc } from './transport'
import type { Rpc } from './transport'

const RpcContext = createContext<Rpc | undefined>(undefined)

const OPENING: SessionState = { phase: 'opening' }

/** Connects the pages to Parley, for as long as the browser shows any. */
export function RpcProvider({ children }: { readonly children: ReactNode }) {
  const [rpc] = useState(() => createRpc())
  useEffect(() => {
    rpc.session.open()
    return () => {
      rpc.session.close()
    }
  }, [rpc])
  return <RpcContext value={rpc}>{children}</RpcContext>
}

export function useRpc(): Rpc {
  const rpc = use(RpcContext)
  if (!rpc) throw new Error('useRpc is for use inside RpcProvider')
  return rpc
}

/** Whether the person has to show once more who they are, as of now. */
export function useConfirmationWanted(): boolean {
  const { confirmation } = useRpc()
  return useSyncExternalStore(confirmation.subscribe, confirmation.wanted, () => false)
}

/** A client whose calls are made on behalf of the signed-in user. */
export function useClient<S extends DescService>(service: S): Client<S> {
  const { authorized } = useRpc()
  return useMemo(() => createClient(service, authorized), [service, authorized])
}

/** What the signed-in user may do, as the access token says, as of now. */
export function useScopes(): ReadonlySet<string> {
  const { session } = useRpc()
  const scope = useSyncExternalStore(session.subscribe, session.scope, () => '')
  return useMemo(() => new Set(scope.split(' ')), [scope])
}

/** As whom the user acts, as of now. */
export function useActing(): ActingState | undefined {
  const { session } = useRpc()
  return useSyncExternalStore(session.subscribe, session.acting, () => undefined)
}

/** Who is signed in, as of now. */
export function useSessionState(): SessionState {
  const { session } = useRpc()
  return useSyncExternalStore(session.subscribe, session.state, () => OPENING)
}
