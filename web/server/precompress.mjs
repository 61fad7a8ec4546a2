// Writes a .br and a .gz beside every file of a folder that is worth it, once, at build time.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt'])
// Below this a packet is a packet.
const MIN_BYTES = 1024

const [folder = 'out'] = process.argv.slice(2)
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)))
  .map((entry) => join(entry.parentPath, entry.name))

const pending = files.values()
await Promise.all(Array.from({ length: availableParallelism() }, compressNext))

async function compressNext() {
  for (const file of pending) {
    const content = await readFile(file)
    if (content.length < MIN_BYTES) continue
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(content, {
        params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
      }),
      promisify(gzip)(content, { level: 9 }),
    ])
    await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)])
  }
}
