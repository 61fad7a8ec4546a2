import type { CallOptions, Client } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import type { SyncService, WatchChangesResponse } from '@/gen/parley/chat/v1/sync_service_pb'
import type { Event } from '@/gen/parley/event/v1/event_pb'
import { conversationOfMessage } from '@/shared/lib/names'
import { Patience } from '@/shared/lib/patience'
import { heard } from '@/shared/rpc/heard'
import { problemOf } from '@/shared/rpc/problem'

export interface Watcher {
  readonly changes: Client<typeof SyncService>
  readonly user: string
  readonly onChange: (change: WatchChangesResponse) => void
  /** Too much was missed to be told: everything is to be loaded anew. */
  readonly onLost: () => void
}

/** How far a device has been told what changed. */
export interface Place {
  cursor: string
}

/** Tells everything that changes after a place, and moves that, until it is aborted. */
export async function watch(watcher: Watcher, place: Place, signal: AbortSignal): Promise<void> {
  const { changes, user: parent } = watcher
  const open = (call: CallOptions) => changes.watchChanges({ parent, cursor: place.cursor }, call)
  const patience = new Patience()
  const over = () => signal.aborted
  while (!over()) {
    try {
      for await (const response of heard(open, signal)) {
        patience.worked()
        place.cursor = response.cursor
        watcher.onChange(response)
      }
    } catch (error) {
      if (over()) return
      const { reason, retry } = problemOf(error)
      if (reason === ErrorReason.CURSOR_EXPIRED) {
        place.cursor = ''
        watcher.onLost()
      } else if (!retry) return
    }
    await patience.wait(signal)
  }
}

/** Returns the conversation that an event is about, if it is about one. */
export function conversationOf({ event }: Event): string | undefined {
  switch (event.case) {
    case 'conversationCreated':
    case 'conversationUpdated':
    case 'conversationDeleted':
    case 'conversationUndeleted':
    case 'conversationPurged':
      return event.value.conversation
    case 'messageCreated':
    case 'messageRated':
      return conversationOfMessage(event.value.message)
    case 'replyEnded':
      return conversationOfMessage(event.value.reply)
    default:
      return undefined
  }
}

/** Whether an event changes what was said in its conversation. */
export function isAboutMessages({ event }: Event): boolean {
  return ['messageCreated', 'messageRated', 'replyEnded'].includes(event.case ?? '')
}
