import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { WatchChangesResponseSchema } from '@/gen/parley/chat/v1/sync_service_pb'
import type { WatchChangesResponse } from '@/gen/parley/chat/v1/sync_service_pb'
import { watch } from './sync'
import type { Place, Watcher } from './sync'

/** Calls back if the tab is in front, and whenever it comes there. Returns what ends that. */
export type Front = (came: () => void) => () => void

/**
 * Watches in one tab for all tabs of a browser, which opens few connections to a host. The tab
 * that came to the front last has the stream, because a tab behind may be put to sleep, and passes
 * on what it is told. Each tab knows how far it was told, and goes on from there at its turn.
 */
export function watchTogether(watcher: Watcher, front: Front, signal: AbortSignal): void {
  const { locks } = navigator as Partial<Navigator>
  const place: Place = { cursor: '' }
  if (!locks) {
    // Without TLS a browser has no locks.
    void watch(watcher, place, signal)
    return
  }
  const name = `parley changes of ${watcher.user}`
  const others = new BroadcastChannel(name)
  others.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
    const response = fromBinary(WatchChangesResponseSchema, data)
    place.cursor = response.cursor
    watcher.onChange(response)
  }

  let turn = new AbortController()
  let leading = false
  const take = (steal: boolean) => {
    turn.abort()
    leading = false
    const mine = (turn = new AbortController())
    const until = AbortSignal.any([signal, mine.signal])
    const onChange = (response: WatchChangesResponse) => {
      if (until.aborted) return
      watcher.onChange(response)
      others.postMessage(toBinary(WatchChangesResponseSchema, response))
    }
    const lead = () => {
      leading = true
      return watch({ ...watcher, onChange }, place, until)
    }
    locks.request(name, steal ? { steal } : { signal: until }, lead).catch(() => {
      // Another tab has come to the front.
      if (turn === mine && !signal.aborted) take(false)
    })
  }
  take(false)
  const leave = front(() => {
    if (!leading) take(true)
  })
  signal.addEventListener('abort', () => {
    leave()
    others.close()
  })
}

/** Where the person is. */
export const inFront: Front = (came) => {
  const look = () => {
    if (document.visibilityState === 'visible') came()
  }
  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
  }
}
