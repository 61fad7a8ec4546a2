import { describe, expect, it, vi } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import { SyncService } from '@/gen/parley/chat/v1/sync_service_pb'
import type {
  WatchChangesRequest,
  WatchChangesResponse,
} from '@/gen/parley/chat/v1/sync_service_pb'
import { WatchChangesResponseSchema } from '@/gen/parley/chat/v1/sync_service_pb'
import { EventSchema } from '@/gen/parley/event/v1/event_pb'
import { until } from '@/shared/lib/testing'
import { errorInfo, refusal } from '@/shared/rpc/testing'
import { conversationOf, isAboutMessages, watch } from './sync'

const CREATED = create(EventSchema, {
  event: { case: 'conversationCreated', value: { conversation: 'users/u/conversations/c' } },
})
const ENDED = create(EventSchema, {
  event: { case: 'replyEnded', value: { reply: 'users/u/conversations/c/messages/m' } },
})

const change = (cursor: string, ...events: (typeof CREATED)[]) =>
  create(WatchChangesResponseSchema, { cursor, events })

type Says = (request: WatchChangesRequest, time: number) => AsyncGenerator<WatchChangesResponse>

/** Watches over a real client; `says` plays the service. */
function watching(says: Says) {
  const cursors: string[] = []
  const transport = createRouterTransport((router) => {
    router.rpc(SyncService.method.watchChanges, (request) => {
      cursors.push(request.cursor)
      return says(request, cursors.length)
    })
  })
  const onChange = vi.fn()
  const onLost = vi.fn()
  const abort = new AbortController()
  const changes = createClient(SyncService, transport)
  const done = watch({ changes, user: 'users/u', onChange, onLost }, { cursor: '' }, abort.signal)
  return { cursors, onChange, onLost, abort, done }
}

describe('watching changes', () => {
  it('goes on after the last cursor when the stream breaks', async () => {
    const { cursors, onChange, abort, done } = watching(async function* (_, time) {
      yield change(String(time), ...(time === 1 ? [CREATED] : []))
      await Promise.reject(new ConnectError('reset', Code.Unavailable))
    })
    await until(() => {
      expect(cursors.slice(0, 2)).toEqual(['', '1'])
    })
    expect(onChange).toHaveBeenNthCalledWith(1, expect.objectContaining({ events: [CREATED] }))
    abort.abort()
    await done
  })

  it('begins anew when the cursor is too old', async () => {
    const { cursors, onLost, abort, done } = watching(async function* (_, time) {
      if (time === 1) yield change('old')
      if (time === 2) throw refusal(Code.FailedPrecondition, errorInfo('CURSOR_EXPIRED'))
      await Promise.reject(new ConnectError('reset', Code.Unavailable))
    })
    await until(() => {
      expect(cursors.slice(0, 3)).toEqual(['', 'old', ''])
    })
    expect(onLost).toHaveBeenCalledTimes(1)
    abort.abort()
    await done
  })
})

describe('an event', () => {
  it('says which conversation it is about', () => {
    expect([CREATED, ENDED].map(conversationOf)).toEqual([
      'users/u/conversations/c',
      'users/u/conversations/c',
    ])
    expect([CREATED, ENDED].map(isAboutMessages)).toEqual([false, true])
  })
})
