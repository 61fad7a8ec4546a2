import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Recording } from './recording'

class Recorder {
  static isTypeSupported = () => true
  static made = 0
  start = () => {
    Recorder.made += 1
  }
}

let stopped = 0
let allow: () => void

beforeEach(() => {
  stopped = 0
  Recorder.made = 0
  const track = {
    stop: () => {
      stopped += 1
    },
  }
  const stream = { getTracks: () => [track] }
  const asked = new Promise((resolve) => {
    allow = () => {
      resolve(stream)
    }
  })
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => asked } })
  vi.stubGlobal('MediaRecorder', Recorder)
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const begin = (signal: AbortSignal) => Recording.begin(() => undefined, signal)

describe('a recording', () => {
  it('begins when the microphone is allowed', async () => {
    const begun = begin(new AbortController().signal)
    allow()
    await begun
    expect([Recorder.made, stopped]).toEqual([1, 0])
  })

  it('does not begin, and gives the microphone back, where nobody waits for it any more', async () => {
    const left = new AbortController()
    const begun = begin(left.signal)
    left.abort()
    allow()
    await expect(begun).rejects.toThrow()
    expect([Recorder.made, stopped]).toEqual([0, 1])
  })

  it('gives the microphone back when the browser cannot record', async () => {
    vi.stubGlobal(
      'MediaRecorder',
      class extends Recorder {
        constructor() {
          super()
          throw new Error('not supported')
        }
      },
    )
    const begun = begin(new AbortController().signal)
    allow()
    await expect(begun).rejects.toThrow('not supported')
    expect(stopped).toBe(1)
  })
})
