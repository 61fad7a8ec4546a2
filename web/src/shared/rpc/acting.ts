import { ConnectError, Code } from '@connectrpc/connect'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import type { AccessToken } from '@/gen/parley/auth/v1/session_service_pb'
import { scopeOf } from './claims'

/** Somebody as whom the user acts. */
export interface Somebody {
  /** Format: users/{user} */
  readonly user: string
  readonly displayName: string
  readonly email: string
}

export interface ActingState extends Somebody {
  readonly until: Date
  /** Whether the time is over, and the user has not been told yet. */
  readonly over: boolean
}

interface Token {
  readonly value: string
  readonly scope: string
}

const EARLY_MS = 5_000
// However wrong the clock of this machine is: no token is good for less, or for longer.
const LEAST_MS = 60_000
const MOST_MS = 300_000

/**
 * Acting as somebody else. The token for it lives in memory, in one tab, and is never renewed:
 * when it ends, or the page is loaded anew, the user is who they are.
 */
export class Acting {
  #token: Token | undefined
  #state: ActingState | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly changed: () => void) {}

  readonly state = (): ActingState | undefined => this.#state

  /** The token to call with, while it lasts. */
  token(): Token | undefined {
    return this.#token
  }

  begin(who: Somebody, token: AccessToken | undefined): void {
    if (!token?.expireTime) throw new ConnectError('no token came', Code.Internal)
    const left = timestampMs(token.expireTime) - Date.now() - EARLY_MS
    const life = Math.min(Math.max(left, LEAST_MS), MOST_MS)
    this.#token = { value: token.token, scope: scopeOf(token.token) }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#lapse()
    }, life)
    this.#set({ ...who, until: new Date(Date.now() + life), over: false })
  }

  end(): void {
    if (!this.#state) return
    this.#forget()
    this.#set(undefined)
  }

  /** Tells whether the token that a service refused is this one, which then has ended. */
  lapseOf(refused: string): boolean {
    const its = this.#token?.value === refused
    if (its) this.#lapse()
    return its
  }

  #lapse(): void {
    this.#forget()
    this.#set(this.#state && { ...this.#state, over: true })
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#token = undefined
  }

  #set(state: ActingState | undefined): void {
    this.#state = state
    this.changed()
  }
}
