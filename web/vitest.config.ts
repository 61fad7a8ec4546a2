import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'server/*.test.mjs'],
    // A busy machine is slow: what is waited for comes, or never.
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    // `make asvs` reads which requirements the titles of passed tests name.
    reporters: ['default', ['json', { outputFile: '../.cache/asvs/web.json' }]],
  },
})
