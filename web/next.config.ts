import type { NextConfig } from 'next'

// A folder of files: `server.mjs` serves it, and the edge stands before that.
const config: NextConfig = {
  output: 'export',
  reactStrictMode: true,
  devIndicators: false,
}

export default config
