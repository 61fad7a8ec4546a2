import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { lookup } from 'mrmime'
import { contentPolicy } from './content-policy.mjs'

const FOREVER = 'public,max-age=31536000,immutable'
const COMPRESSED = /\.(br|gz)$/

/**
 * A file as it is sent: with its headers, and in the encodings that the build has made.
 * @typedef {{ headers: Record<string, string>, bodies: Body[] }} File
 * @typedef {{ encoding: 'br' | 'gzip' | 'identity', etag: string, content: Buffer }} Body
 */

/**
 * Reads a built app whole: a server that runs on is not disturbed when the app is built anew.
 * @param {string} folder
 * @returns {Map<string, File>} by the path of the address
 */
export function readFiles(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  const all = new Set(names)
  return new Map(
    names
      .filter((name) => !COMPRESSED.test(name))
      .map((name) => [pathOf(name), readFile(folder, name, all)]),
  )
}

/** A page is asked for without its ending. @param {string} name */
function pathOf(name) {
  const path = `/${name.split(sep).join('/')}`
  return path.replace(/(^\/index|)\.html$/, '') || '/'
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {Set<string>} all
 * @returns {File}
 */
function readFile(folder, name, all) {
  const content = readFileSync(join(folder, name))
  const tag = createHash('sha256').update(content).digest('base64url').slice(0, 22)
  const isPage = name.endsWith('.html')
  return {
    headers: {
      'cache-control': pathOf(name).startsWith('/_next/static/') ? FOREVER : 'no-cache',
      'content-type': typeOf(name),
      vary: 'accept-encoding',
      ...(isPage && { 'content-security-policy': contentPolicy(content.toString()) }),
    },
    bodies: [
      ...compressed('br', '.br'),
      ...compressed('gzip', '.gz'),
      { encoding: 'identity', etag: `"${tag}"`, content },
    ],
  }

  /** @param {'br' | 'gzip'} encoding @param {string} ending @returns {Body[]} */
  function compressed(encoding, ending) {
    if (!all.has(name + ending)) return []
    const content = readFileSync(join(folder, name + ending))
    return [{ encoding, etag: `"${tag}-${encoding}"`, content }]
  }
}

/** @param {string} name */
function typeOf(name) {
  const type = lookup(name) ?? 'application/octet-stream'
  return /^text\/|json$|javascript$|svg/.test(type) ? `${type};charset=utf-8` : type
}

/**
 * Chooses how to send a file to who takes these encodings.
 * @param {File} file
 * @param {string} accepted the header `accept-encoding`
 * @returns {Body}
 */
export function bodyFor(file, accepted) {
  const offers = new Map(
    accepted.split(',').map((offer) => {
      const [name = '', quality = ''] = offer.split(';')
      return [name.trim().toLowerCase(), !/^\s*q=0(\.0*)?\s*$/.test(quality)]
    }),
  )
  const body = file.bodies.find(({ encoding }) => encoding === 'identity' || offers.get(encoding))
  if (!body) throw new Error('every file can be sent as it is')
  return body
}
