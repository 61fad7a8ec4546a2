import { ConnectError, Code } from '@connectrpc/connect'
import type { Client } from '@connectrpc/connect'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import type { AccessToken, Session, SessionService } from '@/gen/parley/auth/v1/session_service_pb'
import { userOf } from '@/shared/lib/names'
import { Acting } from './acting'
import type { ActingState, Somebody } from './acting'
import { scopeOf } from './claims'
import { left } from './left'
import { problemOf } from './problem'
import type { Problem } from './problem'

export type SessionState =
  | { readonly phase: 'opening' }
  | { readonly phase: 'unreachable'; readonly problem: Problem }
  /** `deliberate`: the user has left, here or in another tab. */
  | { readonly phase: 'signed-out'; readonly deliberate: boolean }
  /** `user` is whom calls are made for: somebody else, while the user acts as them. */
  | { readonly phase: 'signed-in'; readonly user: string; readonly session: string }

const EARLY_MS = 30_000
// However wrong the clock of this machine is, a token is good for a while.
const FRESH_MS = 60_000
const TABS = 'parley.session'

/**
 * The session of this browser. The access token lives here, in memory, and nowhere else; the
 * refresh token is in a cookie that no script can read. Tabs share the cookie and tell each
 * other when somebody signs in or out.
 */
export class BrowserSession {
  readonly #sessions: Client<typeof SessionService>
  readonly #listeners = new Set<() => void>()
  #state: SessionState = { phase: 'opening' }
  #shown = this.#state
  readonly #acting = new Acting(() => {
    this.#set(this.#state)
  })
  #token = { value: '', staleAt: 0 }
  #scope = ''
  #renewal: Promise<string> | undefined
  #era = 0
  #tabs: BroadcastChannel | undefined

  constructor(sessions: Client<typeof SessionService>) {
    this.#sessions = sessions
  }

  /** Finds out who is signed in, and listens to the other tabs until it is closed. */
  open(): void {
    this.#tabs = new BroadcastChannel(TABS)
    this.#tabs.onmessage = (event: MessageEvent<string>) => {
      if (event.data === 'signed-out') this.#forget(true)
      else this.reopen()
    }
    this.reopen()
  }

  /** Asks again who is signed in. */
  reopen(): void {
    // Whatever comes of it is in the state.
    void this.renew().catch(() => undefined)
  }

  close(): void {
    this.#tabs?.close()
    this.#beginEra()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly state = (): SessionState => this.#shown

  /** What may be done, in words with spaces between them: to show no more than that. */
  readonly scope = (): string => this.#acting.token()?.scope ?? this.#scope

  /** As whom the user acts, or acted until the time for it was over. */
  readonly acting = (): ActingState | undefined => this.#acting.state()

  /** Has all calls be made as somebody else, in this tab, for as long as the token is good. */
  actAs(who: Somebody, token: AccessToken | undefined): void {
    this.#acting.begin(who, token)
  }

  /** Has calls be made as the user again; returns the token that was acted with, if any is left. */
  endActing(): string | undefined {
    const token = this.#acting.token()?.value
    this.#acting.end()
    return token
  }

  /** Takes over the session that signing in or up has begun. */
  begin(session: Session | undefined, token: AccessToken | undefined): void {
    this.#beginEra()
    left.forget()
    this.#adopt(session, token)
    this.#tabs?.postMessage('signed-in')
  }

  /** Takes over a token that says more of the same session. */
  renewed(token: AccessToken | undefined): void {
    this.#keep(token)
  }

  /** Forgets the session, here and in the other tabs. */
  end(): void {
    this.#forget(true)
    this.#tabs?.postMessage('signed-out')
  }

  /** The same while Parley cannot be told: it is told before anything else, once it can. */
  leave(): void {
    left.remember()
    this.end()
  }

  /** Returns an access token that is good for a while, renewing it ahead of its end. */
  async token(): Promise<string> {
    const acting = this.#acting.token()
    if (acting) return acting.value
    return performance.now() < this.#token.staleAt ? this.#token.value : this.renew()
  }

  /**
   * Returns a token in place of one that was refused. There is none for acting as somebody
   * else: that is over, and what was asked as them is not asked as the user.
   */
  async replaced(refused: string): Promise<string> {
    if (this.#acting.lapseOf(refused)) {
      throw new ConnectError('acting as somebody else is over', Code.PermissionDenied)
    }
    return this.renew()
  }

  /** Exchanges the cookie for a new access token. One exchange at a time serves all callers. */
  renew(): Promise<string> {
    this.#renewal ??= this.#exchange()
    return this.#renewal
  }

  async #exchange(): Promise<string> {
    const era = this.#era
    // When somebody signs in or out meanwhile, the answer is about the past.
    const current = () => era === this.#era
    try {
      const { session, accessToken } = await this.#sessions.refreshSession({})
      if (current() && left.remembered()) await this.#endLeft(session, accessToken)
      if (current()) this.#adopt(session, accessToken)
      return accessToken?.token ?? ''
    } catch (error) {
      if (current()) this.#fail(error)
      throw error
    } finally {
      if (current()) this.#renewal = undefined
    }
  }

  /** Ends the session that was left, so that its cookie is good for nothing. */
  async #endLeft(session: Session | undefined, token: AccessToken | undefined): Promise<never> {
    const headers = { authorization: `Bearer ${token?.token ?? ''}` }
    await this.#sessions.deleteSession({ name: session?.name ?? '' }, { headers })
    left.forget()
    throw new ConnectError('the session was left', Code.Unauthenticated)
  }

  #adopt(session: Session | undefined, token: AccessToken | undefined): void {
    if (!session) throw new ConnectError('no session came', Code.Internal)
    this.#keep(token)
    const known = this.#state
    if (known.phase === 'signed-in' && known.session === session.name) return
    this.#acting.end()
    this.#set({ phase: 'signed-in', user: userOf(session.name), session: session.name })
  }

  #keep(token: AccessToken | undefined): void {
    if (!token?.expireTime) throw new ConnectError('no token came', Code.Internal)
    const life = timestampMs(token.expireTime) - Date.now() - EARLY_MS
    this.#token = { value: token.token, staleAt: performance.now() + Math.max(life, FRESH_MS) }
    const scope = scopeOf(token.token)
    if (scope === this.#scope) return
    this.#scope = scope
    this.#tell()
  }

  #fail(error: unknown): void {
    if (ConnectError.from(error).code === Code.Unauthenticated) {
      left.forget()
      this.#forget(false)
    } else if (this.#state.phase !== 'signed-in') {
      this.#set({ phase: 'unreachable', problem: problemOf(error) })
    }
  }

  #forget(deliberate: boolean): void {
    this.#beginEra()
    this.#token = { value: '', staleAt: 0 }
    this.#scope = ''
    this.#acting.end()
    this.#set({ phase: 'signed-out', deliberate })
  }

  #beginEra(): void {
    this.#era += 1
    this.#renewal = undefined
  }

  #set(state: SessionState): void {
    this.#state = state
    const who = this.#acting.token() && this.#acting.state()
    this.#shown = who && state.phase === 'signed-in' ? { ...state, user: who.user } : state
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
