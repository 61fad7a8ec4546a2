import { createServer } from 'node:http'
import { bodyFor, readFiles } from './files.mjs'

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const NOT_FOUND = '/404'

/** Makes the server of an exported web app. @param {string} folder */
export function createApp(folder) {
  const files = readFiles(folder)
  const notFound = files.get(NOT_FOUND)
  if (!notFound) throw new Error(`${folder} holds no built app: it has no 404.html`)
  files.delete(NOT_FOUND)

  return createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    const path = pathOf(request)
    if (path === '/healthz') {
      response.writeHead(200, {
        'cache-control': 'no-store',
        'content-type': 'text/plain;charset=utf-8',
      })
      response.end('ok\n')
      return
    }
    const file = files.get(path)
    if (file) send(request, response, 200, file)
    else if (files.has(path.replace(/\/$/, ''))) redirect(request, response)
    else send(request, response, 404, notFound)
  })
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {import('./files.mjs').File} file
 */
function send(request, response, status, file) {
  const { encoding, etag, content } = bodyFor(file, request.headers['accept-encoding'] ?? '')
  const headers = { ...file.headers, etag }
  if (status === 200 && tagsIn(request).includes(etag)) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(status, {
    ...headers,
    'content-length': content.length,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : content)
}

/**
 * Leads from `/chat/` to `/chat`.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function redirect(request, response) {
  const [path = '', ...query] = (request.url ?? '').split('?')
  const location = [path.replace(/\/$/, ''), ...query].join('?')
  response.writeHead(308, { 'cache-control': 'no-cache', location }).end()
}

/** @param {import('node:http').IncomingMessage} request */
function pathOf(request) {
  const [path = ''] = (request.url ?? '').split('?')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** @param {import('node:http').IncomingMessage} request */
function tagsIn(request) {
  const tags = request.headers['if-none-match']?.split(',') ?? []
  return tags.map((tag) => tag.trim().replace(/^W\//, ''))
}
