import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from './app.mjs'

const PAGE = '<!doctype html><script>one()</script><script src="/_next/static/a.js"></script>'
const SCRIPT = 'console.log("a")'

/** @type {string} */
let folder
/** @type {import('node:http').Server} */
let server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-web-'))
  await mkdir(join(folder, '_next/static'), { recursive: true })
  await writeFile(join(folder, 'index.html'), PAGE)
  await writeFile(join(folder, 'chat.html'), PAGE.replace('one', 'two'))
  await writeFile(join(folder, '404.html'), '<h1>Nothing here</h1>')
  await writeFile(join(folder, '_next/static/a.js'), SCRIPT)
  await writeFile(join(folder, '_next/static/a.js.br'), brotliCompressSync(SCRIPT))
  await writeFile(join(folder, '.parley-stamp'), 'x')
  server = createApp(folder).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const origin = () => {
  const address = server.address()
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`
}

/** @param {string} path @param {RequestInit} [init] */
const ask = (path, init) => fetch(origin() + path, init)

/**
 * Asks without what `fetch` does on its own: it tidies paths and unpacks what is compressed.
 * @param {string} path
 * @param {Record<string, string>} [headers]
 * @returns {Promise<{ status: number | undefined, encoding: string | undefined, body: Buffer }>}
 */
function askPlainly(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const call = request(origin(), { path, headers }, (response) => {
      /** @type {Buffer[]} */
      const chunks = []
      response.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk))
      response.on('end', () => {
        const encoding = response.headers['content-encoding']
        resolve({ status: response.statusCode, encoding, body: Buffer.concat(chunks) })
      })
    })
    call.on('error', reject).end()
  })
}

it('answers with a page at its name, to be asked for each time', async () => {
  const response = await ask('/chat?c=1')
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('two()')
  expect(response.headers.get('cache-control')).toBe('no-cache')
})

it('sends nothing that the browser has', async () => {
  const etag = (await ask('/chat')).headers.get('etag') ?? ''
  const response = await ask('/chat', { headers: { 'if-none-match': etag } })
  expect(response.status).toBe(304)
})

it('lets browsers keep what has its content in its name', async () => {
  const response = await ask('/_next/static/a.js')
  expect(response.headers.get('cache-control')).toBe('public,max-age=31536000,immutable')
})

it('sends the compressed file to who takes it', async () => {
  const { encoding, body } = await askPlainly('/_next/static/a.js', { 'accept-encoding': 'br' })
  expect(encoding).toBe('br')
  expect(brotliDecompressSync(body).toString()).toBe(SCRIPT)
})

it('lets each page run its own inline scripts and no others [asvs 3.4.6]', async () => {
  const welcome = (await ask('/')).headers.get('content-security-policy')
  const chat = (await ask('/chat')).headers.get('content-security-policy')
  // printf 'one()' | openssl dgst -sha256 -binary | base64
  expect(welcome).toContain(
    "script-src 'self' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=';",
  )
  expect(chat).not.toBe(welcome)
  expect(chat).toContain("frame-ancestors 'none'")
})

it('leads from a path with a slash at its end to the page', async () => {
  const response = await ask('/chat/?c=1', { redirect: 'manual' })
  expect(response.status).toBe(308)
  expect(response.headers.get('location')).toBe('/chat?c=1')
})

it('leads nowhere else [asvs 3.7.2]', async () => {
  expect((await askPlainly('//chat/')).status).toBe(404)
  expect((await askPlainly('//evil.example/')).status).toBe(404)
})

it('sends files as they were when it started', async () => {
  await writeFile(join(folder, '_next/static/a.js'), 'something else')
  expect(await (await ask('/_next/static/a.js')).text()).toBe(SCRIPT)
})

it('sends a file as it is to who takes nothing else', async () => {
  const { encoding, body } = await askPlainly('/_next/static/a.js', {
    'accept-encoding': 'br;q=0, deflate',
  })
  expect(encoding).toBeUndefined()
  expect(body.toString()).toBe(SCRIPT)
})

it('sends the whole of a file also to who asks for a part', async () => {
  const { status, body } = await askPlainly('/_next/static/a.js', { range: 'bytes=5-2' })
  expect(status).toBe(200)
  expect(body.toString()).toBe(SCRIPT)
})

it.each(['/_next/', '/_next/static', '/_next/static/'])(
  'does not list the folder %s [asvs 13.4.3]',
  async (path) => {
    const response = await ask(path, { redirect: 'manual' })
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('a.js')
  },
)

it('says of each answer what it is, and in which characters [asvs 4.1.1]', async () => {
  const types = await Promise.all(
    ['/', '/nowhere', '/healthz', '/_next/static/a.js'].map(async (path) =>
      (await ask(path)).headers.get('content-type'),
    ),
  )
  expect(types).toEqual([
    'text/html;charset=utf-8',
    'text/html;charset=utf-8',
    'text/plain;charset=utf-8',
    'text/javascript;charset=utf-8',
  ])
})

it('does not send what is hidden [asvs 13.4.1]', async () => {
  expect((await ask('/.parley-stamp')).status).toBe(404)
})

it('has a page for paths that lead nowhere', async () => {
  const response = await ask('/nowhere')
  expect(response.status).toBe(404)
  expect(await response.text()).toBe('<h1>Nothing here</h1>')
  expect(response.headers.get('content-security-policy')).toContain('object-src blob:')
})

it.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/%', '/404'])(
  'does not leave its folder at %s',
  async (path) => {
    expect((await askPlainly(path)).status).toBe(404)
  },
)

it('adds the headers that keep a browser safe to every answer [asvs 3.4.4 3.4.5]', async () => {
  for (const path of ['/', '/nowhere', '/healthz', '/_next/static/a.js']) {
    const { headers } = await ask(path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
})

it('says that it is well', async () => {
  expect((await ask('/healthz')).status).toBe(200)
})

it('takes nothing', async () => {
  const response = await ask('/', { method: 'POST', body: 'x' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
})
