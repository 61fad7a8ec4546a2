import { vi } from 'vitest'

/** Waits until a check passes, for longer than vitest would: a busy machine is slow. */
export const until = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000 })
