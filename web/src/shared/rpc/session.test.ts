import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect'
import type { Interceptor } from '@connectrpc/connect'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { AccountService } from '@/gen/parley/auth/v1/account_service_pb'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import type { AccessToken, Session } from '@/gen/parley/auth/v1/session_service_pb'
import { MessageService } from '@/gen/parley/chat/v1/message_service_pb'
import { until } from '@/shared/lib/testing'
import { errorInfo, refusal } from './testing'
import { createRpc } from './transport'

const USER = 'users/ada'
const LIFE_MS = 300_000

/** A service that takes one token at a time, each for one refresh. */
class Auth {
  refreshes = 0
  accepted = ''
  deleted: string[] = []
  refuse: ConnectError | undefined
  /** How a stream ends whose token is revoked meanwhile. */
  revoke: (() => ConnectError) | undefined
  readonly headers: Headers[] = []

  readonly connect = (interceptors: Interceptor[]) =>
    createRouterTransport(
      (router) => {
        router.rpc(SessionService.method.refreshSession, () => {
          if (this.refuse) throw this.refuse
          this.refreshes += 1
          this.accepted = `token-${String(this.refreshes)}`
          return {
            session: { name: `${USER}/sessions/1` },
            accessToken: {
              token: this.accepted,
              expireTime: timestampFromMs(Date.now() + LIFE_MS),
            },
          }
        })
        router.rpc(SessionService.method.deleteSession, ({ name }, { requestHeader }) => {
          this.require(requestHeader)
          this.deleted.push(name)
          return {}
        })
        router.rpc(AccountService.method.getUser, (_, { requestHeader }) => {
          this.require(requestHeader)
          return { user: { email: 'ada@example.org' } }
        })
        router.rpc(AccountService.method.deleteUser, (_, { requestHeader }) => {
          this.require(requestHeader)
          throw refusal(Code.Unauthenticated, errorInfo('INVALID_CREDENTIALS'))
        })
        router.rpc(MessageService.method.sendMessage, async function* ({ text }, context) {
          auth.require(context.requestHeader)
          yield await Promise.resolve({
            event: { event: { case: 'delta' as const, value: { text } } },
          })
          if (auth.revoke) throw auth.revoke()
        })
      },
      { transport: { interceptors } },
    )

  require(headers: Headers) {
    this.headers.push(headers)
    if (headers.get('authorization') !== `Bearer ${this.accepted}`) {
      throw refusal(Code.Unauthenticated, errorInfo('UNAUTHENTICATED'))
    }
  }
}

let auth: Auth

beforeEach(() => {
  auth = new Auth()
})

const signedIn = async () => {
  const rpc = createRpc(auth.connect)
  await rpc.session.renew()
  return rpc
}

describe('the session of a browser', () => {
  it('is found by the cookie', async () => {
    const { session } = await signedIn()
    expect(session.state()).toEqual({
      phase: 'signed-in',
      user: USER,
      session: `${USER}/sessions/1`,
    })
  })

  it('is over when the cookie is not taken', async () => {
    auth.refuse = refusal(Code.Unauthenticated, errorInfo('SESSION_ENDED'))
    const { session } = createRpc(auth.connect)
    await expect(session.renew()).rejects.toThrow(ConnectError)
    expect(session.state()).toEqual({ phase: 'signed-out', deliberate: false })
  })

  it('is not over because Parley cannot be reached', async () => {
    const { session } = await signedIn()
    auth.refuse = new ConnectError('away', Code.Unavailable)
    await expect(session.renew()).rejects.toThrow(ConnectError)
    expect(session.state().phase).toBe('signed-in')
  })

  it('is not known to be over when Parley cannot be reached at the start', async () => {
    auth.refuse = new ConnectError('away', Code.Unavailable)
    const { session } = createRpc(auth.connect)
    await expect(session.renew()).rejects.toThrow(ConnectError)
    expect(session.state().phase).toBe('unreachable')
  })

  it('is renewed once, however many ask at the same time', async () => {
    const { session } = createRpc(auth.connect)
    const tokens = await Promise.all([session.token(), session.token(), session.renew()])
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1'])
    expect(auth.refreshes).toBe(1)
  })

  it('is renewed ahead of the end of its token, and not earlier', async () => {
    vi.useFakeTimers()
    const { session } = await signedIn()

    vi.advanceTimersByTime(LIFE_MS - 31_000)
    expect(await session.token()).toBe('token-1')
    vi.advanceTimersByTime(2_000)
    expect(await session.token()).toBe('token-2')
    vi.useRealTimers()
  })

  it('stays ended although a renewal was under way', async () => {
    const { session } = await signedIn()
    const renewal = session.renew()
    session.end()
    await renewal
    expect(session.state().phase).toBe('signed-out')
  })
})

describe('a session that was left while Parley was away', () => {
  const stored = new Map<string, string>()

  beforeEach(() => {
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => stored.set(name, value),
      removeItem: (name: string) => stored.delete(name),
    })
  })

  afterEach(() => {
    vi.unstubAllGlobals()
    stored.clear()
  })

  it('is ended before anything else once Parley is back [asvs 14.3.1]', async () => {
    const { session } = await signedIn()
    session.leave()
    expect(session.state()).toEqual({ phase: 'signed-out', deliberate: true })
    const reloaded = createRpc(auth.connect).session
    auth.refuse = new ConnectError('away', Code.Unavailable)
    await expect(reloaded.renew()).rejects.toThrow(ConnectError)
    expect(reloaded.state().phase).toBe('unreachable')

    auth.refuse = undefined
    await expect(reloaded.renew()).rejects.toThrow(ConnectError)

    expect(reloaded.state()).toEqual({ phase: 'signed-out', deliberate: false })
    expect(auth.deleted).toEqual([`${USER}/sessions/1`])
    expect(stored.size).toBe(0)
  })

  it('is nobody’s concern who signs in next', async () => {
    const { session } = await signedIn()
    session.leave()
    const token = { token: 'b', expireTime: timestampFromMs(Date.now() + LIFE_MS) }
    session.begin({ name: 'users/bob/sessions/2' } as Session, token as AccessToken)
    await session.renew()
    expect(session.state().phase).toBe('signed-in')
    expect(auth.deleted).toEqual([])
  })
})

describe('a call on behalf of the user', () => {
  it('carries the token and a trace', async () => {
    const { authorized } = await signedIn()
    await createClient(AccountService, authorized).getUser({ name: USER })
    expect(auth.headers[0]?.get('authorization')).toBe('Bearer token-1')
    expect(auth.headers[0]?.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('is made once more with a new token when the token was not taken', async () => {
    const { authorized } = await signedIn()
    auth.accepted = 'token-2'
    const { user } = await createClient(AccountService, authorized).getUser({ name: USER })
    expect(user?.email).toBe('ada@example.org')
    expect(auth.refreshes).toBe(2)
  })

  it('is made once more also when it streams', async () => {
    const { authorized } = await signedIn()
    auth.accepted = 'token-2'
    const stream = createClient(MessageService, authorized).sendMessage({ text: 'Why?' })
    const events = await Array.fromAsync(stream)
    expect(events.map(({ event }) => event?.event.value)).toMatchObject([{ text: 'Why?' }])
  })

  it('is made only once when the password is wrong', async () => {
    const { authorized } = await signedIn()
    const wrong = createClient(AccountService, authorized).deleteUser({ name: USER })
    await expect(wrong).rejects.toThrow(ConnectError)
    expect(auth.headers).toHaveLength(1)
  })
})

describe('a stream that ends because its token was revoked', () => {
  const revoked = () => refusal(Code.Unauthenticated, errorInfo('UNAUTHENTICATED'))

  it('leads to signing in when the session has ended', async () => {
    const { authorized, session } = await signedIn()
    auth.revoke = () => {
      auth.refuse = refusal(Code.Unauthenticated, errorInfo('SESSION_ENDED'))
      return revoked()
    }
    const stream = createClient(MessageService, authorized).sendMessage({ text: 'Why?' })
    await expect(Array.fromAsync(stream)).rejects.toThrow(ConnectError)
    await until(() => {
      expect(session.state()).toEqual({ phase: 'signed-out', deliberate: false })
    })
  })

  it('has the next call bring a new token when only the user has changed', async () => {
    const { authorized, session } = await signedIn()
    auth.revoke = revoked
    const stream = createClient(MessageService, authorized).sendMessage({ text: 'Why?' })
    await expect(Array.fromAsync(stream)).rejects.toThrow(ConnectError)
    await until(async () => {
      expect(await session.token()).toBe('token-2')
    })
    expect(session.state().phase).toBe('signed-in')
  })

  it('says nothing of the session when it ends otherwise', async () => {
    const { authorized } = await signedIn()
    auth.revoke = () => new ConnectError('reset', Code.Unavailable)
    const stream = createClient(MessageService, authorized).sendMessage({ text: 'Why?' })
    await expect(Array.fromAsync(stream)).rejects.toThrow(ConnectError)
    expect(auth.refreshes).toBe(1)
  })
})
