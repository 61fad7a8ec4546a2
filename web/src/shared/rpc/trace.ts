/** Starts a trace (W3C Trace Context): the services and the model's provider continue it. */
export function traceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`
}

function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
