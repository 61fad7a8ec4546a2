import { create } from '@bufbuild/protobuf'
import { createClient, createRouterTransport } from '@connectrpc/connect'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  SpeechService,
  SynthesizeSpeechResponseSchema,
} from '@/gen/parley/llm/v1/speech_service_pb'
import { until } from '@/shared/lib/testing'
import { readAloud } from './reading'

const SENTENCE = 'Badgers dig at night. '

let ends: (() => void)[] = []

class Player {
  onended = () => undefined
  pause = () => undefined
  play = () => {
    ends.push(this.onended)
    return Promise.resolve()
  }
}

beforeEach(() => {
  ends = []
  vi.stubGlobal('Audio', Player)
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Begins to read a text; what is asked for comes into `asked`. */
function reading(text: string) {
  const asked: string[] = []
  const transport = createRouterTransport(({ service }) => {
    service(SpeechService, {
      // eslint-disable-next-line @typescript-eslint/require-await -- a stream, and nothing to wait for
      async *synthesizeSpeech({ text: piece }) {
        asked.push(piece)
        yield create(SynthesizeSpeechResponseSchema, { chunk: new Uint8Array(1) })
      },
    })
  })
  const abort = new AbortController()
  const read = readAloud(createClient(SpeechService, transport), text, abort.signal)
  return { asked, abort, read }
}

const heard = (count: number) =>
  until(() => {
    expect(ends).toHaveLength(count)
  })

describe('a long text that is read aloud', () => {
  it('is asked for in pieces that are soon spoken, each of whole sentences', async () => {
    const { asked, read } = reading(SENTENCE.repeat(60))
    for (let count = 1; count <= 3; count += 1) {
      await heard(count)
      ends.at(-1)?.()
    }
    await read
    expect(asked.join(' ')).toBe(SENTENCE.repeat(60).trim())
    for (const piece of asked) {
      expect(piece.length).toBeLessThanOrEqual(600)
      expect(piece).toMatch(/^Badgers .* night\.$/)
    }
  })

  it('has the next piece made while one is heard, and no more', async () => {
    const { asked, abort, read } = reading(SENTENCE.repeat(100))
    await heard(1)
    await until(() => {
      expect(asked).toHaveLength(2)
    })
    abort.abort()
    await read
    expect(asked).toHaveLength(2)
  })
})
