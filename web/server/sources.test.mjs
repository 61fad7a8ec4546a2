import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'

const HERE = join(import.meta.dirname, '..')
// How a property gets a name, or an object a prototype, that only shows when it runs.
const LOOSE = new Set(['assign', 'setPrototypeOf', 'defineProperty', 'defineProperties'])
const PROTOTYPES = new Set(['__proto__', 'prototype'])

/** Lists what runs in a browser, and what serves it. */
function sources() {
  return ['src', 'server'].flatMap((folder) =>
    readdirSync(join(HERE, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|mjs)$/.test(name) && !/\.test\.|^gen\//.test(name))
      .map((name) => join(folder, name)),
  )
}

/**
 * Names the places in a source where what came from outside could change all objects.
 *
 * @param {string} name
 * @param {string} text
 */
function polluting(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  /** @type {string[]} */
  const found = []
  /** @param {ts.Node} node */
  const look = (node) => {
    if (isLoose(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      found.push(`${name}:${String(line + 1)}`)
    }
    node.forEachChild(look)
  }
  look(file)
  return found
}

/** @param {ts.Node} node */
function isLoose(node) {
  if (ts.isBinaryExpression(node) && ts.isElementAccessExpression(node.left)) {
    const { kind } = node.operatorToken
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
  }
  if (!ts.isPropertyAccessExpression(node)) return ts.isForInStatement(node)
  return (
    PROTOTYPES.has(node.name.text) ||
    (LOOSE.has(node.name.text) && node.expression.getText() === 'Object')
  )
}

it.each([
  'found[name] = value',
  'found[name] ??= {}',
  'Object.assign(found, given)',
  'found.__proto__.admin = true',
  'for (const name in given) use(name)',
])('would be noticed: %s', (text) => {
  expect(polluting('a.ts', text)).toEqual(['a.ts:1'])
})

it('names no property at run time but in a Map or a new object [asvs 15.3.6]', () => {
  const all = sources()

  expect(all.length).toBeGreaterThan(200)
  expect(all.flatMap((name) => polluting(name, readFileSync(join(HERE, name), 'utf8')))).toEqual([])
})
