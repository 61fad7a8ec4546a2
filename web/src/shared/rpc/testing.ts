import { ConnectError } from '@connectrpc/connect'
import type { Code } from '@connectrpc/connect'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

// What the tests say refusals with: on the wire, as the services send them.

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).string(value)
}

export function errorInfo(
  reason: string,
  metadata: Record<string, string> = {},
  domain = 'parley.dev',
) {
  const writer = new BinaryWriter()
  text(writer, 1, reason)
  text(writer, 2, domain)
  for (const [key, value] of Object.entries(metadata)) {
    const entry = text(text(new BinaryWriter(), 1, key), 2, value).finish()
    writer.tag(3, WireType.LengthDelimited).bytes(entry)
  }
  return { type: 'google.rpc.ErrorInfo', value: writer.finish() }
}

export function retryInfo(seconds: number) {
  const delay = new BinaryWriter().tag(1, WireType.Varint).int64(seconds).finish()
  const value = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(delay).finish()
  return { type: 'google.rpc.RetryInfo', value }
}

export function refusal(code: Code, ...details: ReturnType<typeof errorInfo>[]): ConnectError {
  const error = new ConnectError('refused', code)
  error.details = details
  return error
}
