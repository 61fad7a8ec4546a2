import type { ConnectError } from '@connectrpc/connect'
import { BinaryReader } from '@bufbuild/protobuf/wire'

/** What a refused call says about itself (`google.rpc.ErrorInfo` and `RetryInfo`). */
export interface ErrorDetails {
  readonly reason?: string
  readonly metadata: Readonly<Record<string, string>>
  readonly retrySeconds?: number
}

const DOMAIN = 'parley.dev'

/** Reads the details of an error that came over the wire. */
export function detailsOf(error: ConnectError): ErrorDetails {
  let details: ErrorDetails = { metadata: {} }
  for (const detail of error.details) {
    if (!('type' in detail)) continue
    if (detail.type === 'google.rpc.ErrorInfo') {
      const info = readErrorInfo(detail.value)
      if (info.domain === DOMAIN) details = { ...details, ...info }
    }
    if (detail.type === 'google.rpc.RetryInfo') {
      details = { ...details, retrySeconds: readRetrySeconds(detail.value) }
    }
  }
  return details
}

function readErrorInfo(bytes: Uint8Array) {
  const info = { reason: '', domain: '' }
  const metadata = new Map<string, string>()
  for (const [field, reader] of fields(bytes)) {
    if (field === 1) info.reason = reader.string()
    else if (field === 2) info.domain = reader.string()
    else if (field === 3) {
      const entry = readEntry(reader.bytes())
      metadata.set(entry.key, entry.value)
    }
  }
  return { ...info, metadata: Object.fromEntries(metadata) }
}

function readEntry(bytes: Uint8Array) {
  const entry = { key: '', value: '' }
  for (const [field, reader] of fields(bytes)) {
    if (field === 1) entry.key = reader.string()
    else if (field === 2) entry.value = reader.string()
  }
  return entry
}

function readRetrySeconds(bytes: Uint8Array): number {
  let seconds = 0
  for (const [field, reader] of fields(bytes)) {
    if (field === 1) {
      for (const [part, duration] of fields(reader.bytes())) {
        if (part === 1) seconds = Number(duration.int64())
      }
    }
  }
  return seconds
}

/** Yields each field that the caller then reads; what it does not read is skipped. */
function* fields(bytes: Uint8Array): Generator<[number, BinaryReader]> {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    const before = reader.pos
    yield [field, reader]
    if (reader.pos === before) reader.skip(wire)
  }
}
