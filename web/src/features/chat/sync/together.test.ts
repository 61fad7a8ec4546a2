import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { createClient, createRouterTransport } from '@connectrpc/connect'
import { SyncService, WatchChangesResponseSchema } from '@/gen/parley/chat/v1/sync_service_pb'
import { watchTogether } from './together'

/** Plays the service: what is said is told on every stream that is open. */
class Changes {
  readonly cursors: string[] = []
  readonly streams = new Set<(cursor: string) => void>()
  readonly client = createClient(
    SyncService,
    createRouterTransport(({ rpc }) => {
      rpc(SyncService.method.watchChanges, (request, context) => {
        this.cursors.push(request.cursor)
        return this.#stream(context.signal)
      })
    }),
  )

  say(cursor: string): void {
    for (const tell of this.streams) tell(cursor)
  }

  async *#stream(signal: AbortSignal) {
    const over = () => signal.aborted
    while (!over()) {
      const { promise, resolve } = Promise.withResolvers<string>()
      this.streams.add(resolve)
      signal.addEventListener('abort', () => {
        resolve('')
      })
      const cursor = await promise
      this.streams.delete(resolve)
      if (!over()) yield create(WatchChangesResponseSchema, { cursor })
    }
  }
}

describe('tabs', () => {
  let changes: Changes
  let tabs: AbortController[]
  beforeEach(() => {
    changes = new Changes()
    tabs = []
  })
  afterEach(() => {
    for (const tab of tabs) tab.abort()
  })

  /** Opens a tab, and waits until it has the stream. */
  async function open(user = 'users/u') {
    const told: string[] = []
    const tab = { told, close: new AbortController(), come: (): void => undefined }
    tabs.push(tab.close)
    watchTogether(
      {
        changes: changes.client,
        user,
        onChange: ({ cursor }) => told.push(cursor),
        onLost: () => told.push('lost'),
      },
      (came) => {
        tab.come = came
        came()
        return () => undefined
      },
      tab.close.signal,
    )
    await streams(changes.cursors.length + 1)
    return tab
  }

  /** Waits until so many streams have been asked for, and the last one alone is there. */
  const streams = (times: number, open = 1) =>
    expect.poll(() => [changes.cursors.length, changes.streams.size]).toEqual([times, open])

  it('have one stream together, and each is told', async () => {
    const [one, two, three] = [await open(), await open(), await open()]

    changes.say('1')

    await expect.poll(() => [one.told, two.told, three.told]).toEqual([['1'], ['1'], ['1']])
    await streams(3)
  })

  it('go on where they were told, when the one with the stream is closed', async () => {
    const one = await open()
    const two = await open()
    changes.say('1')
    await expect.poll(() => one.told).toEqual(['1'])

    two.close.abort()

    await streams(3)
    expect(changes.cursors).toEqual(['', '', '1'])
    changes.say('2')
    await expect.poll(() => one.told).toEqual(['1', '2'])
    expect(two.told).toEqual(['1'])
  })

  it('leave the stream to the one in front', async () => {
    const one = await open()
    const two = await open()
    changes.say('1')
    await expect.poll(() => one.told).toEqual(['1'])

    one.come()
    await streams(3)
    one.come()
    changes.say('2')

    await expect
      .poll(() => [one.told, two.told])
      .toEqual([
        ['1', '2'],
        ['1', '2'],
      ])
    expect(changes.cursors).toEqual(['', '', '1'])
  })

  it('of another user have a stream of their own', async () => {
    const mine = await open('users/me')
    const changesBefore = changes.streams.size
    tabs.push(new AbortController())
    void open('users/you')
    await streams(2, changesBefore + 1)

    changes.say('1')

    await expect.poll(() => mine.told).toEqual(['1'])
  })
})
