// Serves the built web app: `node server.mjs [--host H] [--port P] [--folder F]`, or HOST and PORT.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createApp } from './server/app.mjs'

const { values } = parseArgs({
  options: { host: { type: 'string' }, port: { type: 'string' }, folder: { type: 'string' } },
})
const host = values.host ?? process.env['HOST'] ?? '127.0.0.1'
const port = Number(values.port ?? process.env['PORT'] ?? 3000)
const folder = values.folder ?? fileURLToPath(new URL('out', import.meta.url))

const server = createApp(folder)
server.on('error', (error) => {
  console.error(`web: ${error.message}`)
  process.exit(1)
})
server.listen(port, host, () => {
  console.log(`web: serving ${folder} on http://${host}:${String(port)}`)
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    // What is being sent is sent; connections that only wait are closed.
    server.close()
    server.closeIdleConnections()
  })
}
