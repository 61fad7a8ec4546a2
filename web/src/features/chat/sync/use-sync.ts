'use client'

import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { SyncService } from '@/gen/parley/chat/v1/sync_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { reload } from '../messages/api'
import { reloadConversations } from '../conversations/api'
import { keys } from '../keys'
import { conversationOf, isAboutMessages } from './sync'
import { inFront, watchTogether } from './together'

/** Keeps what is shown in step with the user's other tabs and devices. */
export function useSync(user: string): void {
  const changes = useClient(SyncService)
  const queryClient = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    const onLost = () => void queryClient.invalidateQueries()
    watchTogether(
      {
        changes,
        user,
        onLost,
        onChange: ({ events }) => {
          const said = events.filter(isAboutMessages).map(conversationOf)
          for (const conversation of new Set(said)) {
            if (conversation) void reload(queryClient, conversation)
          }
          const folders = events.some(({ event }) => event.case === 'folderChanged')
          if (folders) void queryClient.invalidateQueries({ queryKey: keys.folders })
          if (folders || events.some(conversationOf)) void reloadConversations(queryClient)
        },
      },
      inFront,
      abort.signal,
    )
    return () => {
      abort.abort()
    }
  }, [changes, queryClient, user])
}
