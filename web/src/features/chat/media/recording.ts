/** The most of a recording that is sent, in bytes: it is to be written down within seconds. */
export const MAX_AUDIO = 440 * 1024
// Speech is understood at this, and a message of minutes fits.
const BITS_PER_SECOND = 24_000
const PIECE_MS = 500

// What the service takes, in the order in which browsers are asked for it.
const TYPES = ['audio/webm', 'audio/ogg', 'audio/mp4'] as const

export interface Recorded {
  readonly audio: Uint8Array
  /** As `audio/webm`, without what follows a semicolon. */
  readonly mediaType: string
}

/** Returns a media type without its parameters. */
export function plainType(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase()
}

/** Records what is said until it is stopped, or is as much as is sent. */
export class Recording {
  readonly #recorder: MediaRecorder
  readonly #pieces: Blob[] = []
  #size = 0

  private constructor(
    private readonly stream: MediaStream,
    onFull: () => void,
  ) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
    this.#recorder = new MediaRecorder(stream, {
      audioBitsPerSecond: BITS_PER_SECOND,
      ...(mimeType && { mimeType }),
    })
    this.#recorder.ondataavailable = ({ data }) => {
      if (this.#size + data.size > MAX_AUDIO) {
        onFull()
        return
      }
      this.#pieces.push(data)
      this.#size += data.size
    }
    this.#recorder.start(PIECE_MS)
  }

  /** Asks for the microphone and begins, unless that is aborted while the user is asked. */
  static async begin(onFull: () => void, signal: AbortSignal): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    try {
      signal.throwIfAborted()
      return new Recording(stream, onFull)
    } catch (error) {
      release(stream)
      throw error
    }
  }

  /** Ends, and returns what was said. */
  async end(): Promise<Recorded> {
    const stopped = new Promise((resolve) => {
      this.#recorder.onstop = resolve
    })
    if (this.#recorder.state === 'inactive') throw new Error('the recording is over')
    this.#recorder.stop()
    await stopped
    this.release()
    const type = plainType(this.#recorder.mimeType)
    const audio = new Uint8Array(await new Blob(this.#pieces).arrayBuffer())
    return { audio, mediaType: type || 'audio/webm' }
  }

  /** Gives the microphone back. */
  release(): void {
    release(this.stream)
  }
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}
