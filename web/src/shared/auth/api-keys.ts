import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { ApiKeyService } from '@/gen/parley/auth/v1/api_key_service_pb'
import type { ApiKey } from '@/gen/parley/auth/v1/api_key_service_pb'
import { useRpc } from '@/shared/rpc/rpc-context'

/** What any key may be allowed to do. */
export const SCOPES = ['chat', 'knowledge', 'tools'] as const

export interface WantedKey {
  readonly displayName: string
  readonly scopes: readonly string[]
  readonly expires: Date
}

export interface NewKey {
  readonly apiKey: ApiKey | undefined
  /** The key itself, which nobody can be shown again. */
  readonly key: string
}

/** What a person can do about the keys of their programs. */
export interface ApiKeys {
  /** One page, the newest keys first; empty tokens begin and end. */
  page(pageToken: string, signal?: AbortSignal): Promise<{ keys: ApiKey[]; next: string }>
  /** Refused with REAUTHENTICATION_REQUIRED if the person has not shown lately who they are. */
  create(wanted: WantedKey, requestId: string): Promise<NewKey>
  rename(name: string, displayName: string): Promise<void>
  revoke(name: string): Promise<void>
}

export function useApiKeys(user: string): ApiKeys {
  const { authorized } = useRpc()
  return useMemo(() => {
    const keys = createClient(ApiKeyService, authorized)
    return {
      async page(pageToken, signal) {
        const found = await keys.listApiKeys(
          { parent: user, pageToken },
          { ...(signal && { signal }) },
        )
        return { keys: found.apiKeys, next: found.nextPageToken }
      },
      async create({ displayName, scopes, expires }, requestId) {
        const expireTime = timestampFromDate(expires)
        const apiKey = { displayName, scopes: [...scopes], expireTime }
        const made = await keys.createApiKey({ parent: user, apiKey, requestId })
        return { apiKey: made.apiKey, key: made.key }
      },
      async rename(name, displayName) {
        await keys.updateApiKey({ apiKey: { name, displayName } })
      },
      async revoke(name) {
        await keys.deleteApiKey({ name })
      },
    }
  }, [authorized, user])
}
