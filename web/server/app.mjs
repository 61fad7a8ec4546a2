import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:http'
import sirv from 'sirv'
import { contentPolicy } from './content-policy.mjs'

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const FOREVER = 'public,max-age=31536000,immutable'

/** Makes the server of an exported web app. @param {string} folder */
export function createApp(folder) {
  const policies = readPolicies(folder)
  const notFound = readFileSync(join(folder, '404.html'))
  const files = sirv(folder, {
    brotli: true,
    gzip: true,
    etag: true,
    extensions: ['html'],
    setHeaders(response, path) {
      const policy = policies.get(path)
      if (policy) response.setHeader('content-security-policy', policy)
      response.setHeader('cache-control', path.startsWith('/_next/static/') ? FOREVER : 'no-cache')
    },
  })

  return createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    if (request.url === '/healthz') {
      response.writeHead(200, { 'cache-control': 'no-store', 'content-type': 'text/plain' })
      response.end('ok\n')
      return
    }
    files(request, response, () => {
      response.writeHead(404, {
        'cache-control': 'no-cache',
        'content-length': notFound.length,
        'content-security-policy': policies.get('/404') ?? '',
        'content-type': 'text/html;charset=utf-8',
      })
      response.end(request.method === 'HEAD' ? undefined : notFound)
    })
  })
}

/**
 * Maps every path that answers with a page to the page's policy.
 * @param {string} folder
 */
function readPolicies(folder) {
  /** @type {Map<string, string>} */
  const policies = new Map()
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.html')) continue
    const policy = contentPolicy(readFileSync(join(folder, file), 'utf8'))
    const page = `/${file.slice(0, -'.html'.length)}`
    policies.set(`${page}.html`, policy).set(page, policy).set(`${page}/`, policy)
    if (page === '/index') policies.set('/', policy)
  }
  return policies
}
