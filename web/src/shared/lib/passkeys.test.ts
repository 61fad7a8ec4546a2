import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { canUsePasskeys, createPasskey, PasskeyRefused, showPasskey } from './passkeys'

/** A browser's passkey, as far as pages see it. */
class Passkey {
  constructor(readonly id: string) {}

  static parseCreationOptionsFromJSON(options: object) {
    return { ...options, parsed: 'creation' }
  }

  static parseRequestOptionsFromJSON(options: object) {
    return { ...options, parsed: 'request' }
  }

  toJSON() {
    return { id: this.id, type: 'public-key' }
  }
}

const create = vi.fn<(options: unknown) => Promise<unknown>>()
const get = vi.fn<(options: unknown) => Promise<unknown>>()

beforeEach(() => {
  vi.stubGlobal('PublicKeyCredential', Passkey)
  vi.stubGlobal('navigator', { credentials: { create, get } })
  create.mockReset().mockResolvedValue(new Passkey('made'))
  get.mockReset().mockResolvedValue(new Passkey('shown'))
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const CEREMONIES = [
  ['create', createPasskey, create, 'creation', 'made'],
  ['get', showPasskey, get, 'request', 'shown'],
] as const

describe.each(CEREMONIES)('navigator.credentials.%s', (_, ask, called, parsed, id) => {
  it('gets the options as the browser parses them, and answers in JSON', async () => {
    const answer = await ask('{"challenge":"AQID"}')

    expect(called).toHaveBeenCalledWith({ publicKey: { challenge: 'AQID', parsed } })
    expect(JSON.parse(answer)).toEqual({ id, type: 'public-key' })
  })

  it('can be cancelled by the page', async () => {
    const { signal } = new AbortController()

    await ask('{}', signal)

    expect(called).toHaveBeenCalledWith(expect.objectContaining({ signal }))
  })

  it.each([
    ['NotAllowedError', /cancelled, or took too long/],
    ['InvalidStateError', /already/],
    ['SecurityError', /address/],
  ])('says what %s means', async (name, words) => {
    called.mockRejectedValue(new DOMException('', name))

    const refusal = ask('{}')

    await expect(refusal).rejects.toBeInstanceOf(PasskeyRefused)
    await expect(refusal).rejects.toThrow(words)
  })

  it('hides no defect', async () => {
    called.mockRejectedValue(new TypeError('a defect'))

    await expect(ask('{}')).rejects.toThrow('a defect')
    await expect(ask('not JSON')).rejects.toBeInstanceOf(SyntaxError)
  })

  it('takes nothing but a passkey', async () => {
    called.mockResolvedValue(null)

    await expect(ask('{}')).rejects.toBeInstanceOf(PasskeyRefused)
  })
})

it('says so if the browser knows no passkeys', async () => {
  expect(canUsePasskeys()).toBe(true)

  vi.stubGlobal('PublicKeyCredential', undefined)

  expect(canUsePasskeys()).toBe(false)
  await expect(createPasskey('{}')).rejects.toThrow('This browser can’t use passkeys.')
})

it('does without passkeys in a browser that can’t parse options', () => {
  vi.stubGlobal('PublicKeyCredential', () => undefined)

  expect(canUsePasskeys()).toBe(false)
})
