import { ConnectError, createClient } from '@connectrpc/connect'
import type { Interceptor, StreamRequest, StreamResponse, Transport } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-web'
import { SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Confirmation } from './confirmation'
import { problemOf } from './problem'
import { BrowserSession } from './session'
import { traceparent } from './trace'

/** How this page talks to Parley: one connection for calls of nobody, one for the user's. */
export interface Rpc {
  readonly session: BrowserSession
  readonly confirmation: Confirmation
  readonly anonymous: Transport
  readonly authorized: Transport
}

const UNARY_TIMEOUT_MS = 30_000

/** Joins the parts. `connect` opens a transport with the interceptors given. */
export function createRpc(connect = overGrpcWeb): Rpc {
  const anonymous = connect([tracing])
  const session = new BrowserSession(createClient(SessionService, anonymous))
  const confirmation = new Confirmation()
  const authorized = connect([tracing, confirming(confirmation), authorizing(session)])
  return { session, confirmation, anonymous, authorized }
}

function overGrpcWeb(interceptors: Interceptor[]): Transport {
  return createGrpcWebTransport({
    baseUrl: '/',
    useBinaryFormat: true,
    defaultTimeoutMs: UNARY_TIMEOUT_MS,
    interceptors,
    fetch: (input, init) => fetch(input, { ...init, credentials: 'include' }),
  })
}

/** Gives each call a trace of its own. */
const tracing: Interceptor = (next) => (request) => {
  request.header.set('traceparent', traceparent())
  return next(request)
}

/** Where a call wants it, asks who is there to show who they are, and makes the call again. */
function confirming(confirmation: Confirmation): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request)
    } catch (error) {
      if (problemOf(error).reason !== ErrorReason.REAUTHENTICATION_REQUIRED) throw error
      await confirmation.ask(ConnectError.from(error))
      return await next(request)
    }
  }
}

/** Adds the access token. If the server does not take it, renews it and asks once more. */
function authorizing(session: BrowserSession): Interceptor {
  return (next) => async (first) => {
    const request = first.stream ? await repeatable(first) : first
    const send = async (token: string) => {
      request.header.set('authorization', `Bearer ${token}`)
      const response = await next(request)
      return response.stream ? begun(response, session) : response
    }
    const asked = session.state()
    const token = await session.token()
    try {
      return await send(token)
    } catch (error) {
      // Not for other reasons: a wrong password must not be tried twice.
      if (!tokenRefused(error)) throw error
      // Whoever is there by now has not asked for this.
      if (session.state() !== asked) throw error
      return await send(await session.replaced(token))
    }
  }
}

function tokenRefused(error: unknown): boolean {
  return problemOf(error).reason === ErrorReason.UNAUTHENTICATED
}

/** Keeps what is streamed to the server, so that it can be sent twice. */
async function repeatable(request: StreamRequest): Promise<StreamRequest> {
  const kept = await Array.fromAsync(request.message)
  return { ...request, message: { [Symbol.asyncIterator]: () => replay(kept) } }
}

/** Waits for the first message of a stream, where a refusal would show. */
async function begun(response: StreamResponse, session: BrowserSession): Promise<StreamResponse> {
  const rest = response.message[Symbol.asyncIterator]()
  const first = await rest.next()
  return { ...response, message: { [Symbol.asyncIterator]: () => minded(first, rest, session) } }
}

async function* replay<T>(kept: readonly T[]): AsyncGenerator<T> {
  for (const message of kept) yield await Promise.resolve(message)
}

/**
 * Goes on with a stream. If it ends because its token was revoked, finds out at once what
 * has become of the session: the user has changed, or is to sign in again.
 */
async function* minded<T>(
  first: IteratorResult<T>,
  rest: AsyncIterator<T>,
  session: BrowserSession,
): AsyncGenerator<T> {
  if (first.done) return
  try {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => rest }
  } catch (error) {
    // Who has signed out knows.
    if (tokenRefused(error) && session.state().phase === 'signed-in') session.reopen()
    throw error
  }
}
