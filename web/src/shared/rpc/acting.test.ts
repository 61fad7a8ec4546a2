import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import type { Interceptor } from '@connectrpc/connect'
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { AccessTokenSchema, SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import { errorInfo, refusal } from './testing'
import { createRpc } from './transport'

const ADA = 'users/ada'
const BOB = { user: 'users/bob', displayName: 'Bob', email: 'bob@example.org' }
const LIFE_MS = 300_000

/** A token whose payload says what it allows. */
function tokenFor(scope: string): string {
  return `x.${btoa(JSON.stringify({ scope }))}.y`
}

const OWN = tokenFor('chat impersonate')
const THEIRS = tokenFor('chat')

function access(token: string, life = LIFE_MS) {
  return create(AccessTokenSchema, { token, expireTime: timestampFromMs(Date.now() + life) })
}

/** Services that keep what they were called with, and take some tokens. */
class Services {
  session = `${ADA}/sessions/1`
  accepted: readonly string[] = [OWN, THEIRS]
  ended = false
  readonly tokens: string[] = []

  readonly connect = (interceptors: Interceptor[]) =>
    createRouterTransport(
      (router) => {
        router.rpc(SessionService.method.refreshSession, () => {
          if (this.ended) throw refusal(Code.Unauthenticated, errorInfo('SESSION_ENDED'))
          return { session: { name: this.session }, accessToken: access(OWN) }
        })
        router.rpc(ConversationService.method.listConversations, (_, { requestHeader }) => {
          const token = requestHeader.get('authorization')?.replace('Bearer ', '') ?? ''
          this.tokens.push(token)
          if (this.accepted.includes(token)) return {}
          throw refusal(Code.Unauthenticated, errorInfo('UNAUTHENTICATED'))
        })
      },
      { transport: { interceptors } },
    )
}

let services: Services

beforeEach(() => {
  vi.useFakeTimers()
  services = new Services()
})
afterEach(() => {
  vi.useRealTimers()
})

const acting = async () => {
  const rpc = createRpc(services.connect)
  await rpc.session.renew()
  rpc.session.actAs(BOB, access(THEIRS))
  const list = () => createClient(ConversationService, rpc.authorized).listConversations({})
  return { session: rpc.session, list }
}

describe('who acts as somebody else', () => {
  it('calls as them, and may do no more than they', async () => {
    const { session, list } = await acting()
    await list()
    expect(services.tokens).toEqual([THEIRS])
    expect(session.state()).toMatchObject({ phase: 'signed-in', user: BOB.user })
    expect(session.scope()).toBe('chat')
    expect(session.acting()).toMatchObject({ ...BOB, over: false })
  })

  it('is who they are again once they end it', async () => {
    const { session, list } = await acting()
    expect(session.endActing()).toBe(THEIRS)
    await list()
    expect(services.tokens).toEqual([OWN])
    expect(session.state()).toMatchObject({ phase: 'signed-in', user: ADA })
    expect(session.scope()).toBe('chat impersonate')
    expect(session.acting()).toBeUndefined()
  })

  it('stays so while the own session is renewed', async () => {
    const { session } = await acting()
    await session.renew()
    expect(session.state()).toMatchObject({ user: BOB.user })
    expect(await session.token()).toBe(THEIRS)
  })

  it('is who they are again, and told so, when the time is over', async () => {
    const { session } = await acting()
    vi.advanceTimersByTime(LIFE_MS)
    expect(session.state()).toMatchObject({ user: ADA })
    expect(session.acting()).toMatchObject({ over: true })
    expect(session.endActing()).toBeUndefined()
    expect(session.acting()).toBeUndefined()
  })

  it('has nothing done as themselves that was asked as the other', async () => {
    const { session, list } = await acting()
    services.accepted = [OWN]
    await expect(list()).rejects.toThrow(ConnectError)
    expect(services.tokens).toEqual([THEIRS])
    expect(session.acting()).toMatchObject({ over: true })
    await list()
    expect(services.tokens).toEqual([THEIRS, OWN])
  })

  it('has nothing done again that was asked before they ended it', async () => {
    const { session, list } = await acting()
    services.accepted = [OWN]
    const asked = list()
    session.endActing()
    await expect(asked).rejects.toThrow(ConnectError)
    expect(services.tokens).not.toContain(OWN)
  })

  it('is nobody when the own session ends', async () => {
    const { session } = await acting()
    services.ended = true
    await expect(session.renew()).rejects.toThrow(ConnectError)
    expect(session.state().phase).toBe('signed-out')
    expect(session.acting()).toBeUndefined()
  })

  it('acts no longer when somebody else signs in', async () => {
    const { session } = await acting()
    services.session = 'users/eve/sessions/2'
    await session.renew()
    expect(session.state()).toMatchObject({ user: 'users/eve' })
    expect(session.acting()).toBeUndefined()
  })

  it('never acts for longer than a token lives, whatever the clock says', async () => {
    const { session } = await acting()
    session.actAs(BOB, access(THEIRS, 3_600_000))
    vi.advanceTimersByTime(LIFE_MS)
    expect(session.acting()).toMatchObject({ over: true })
  })
})
