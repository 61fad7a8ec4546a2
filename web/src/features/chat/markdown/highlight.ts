import { createCssVariablesTheme, createHighlighterCore } from 'shiki/core'
import type { GrammarState, HighlighterCore, LanguageInput, ThemedToken } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'

/** The languages that are coloured; each is fetched when it is first met. */
const GRAMMARS = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  elixir: () => import('shiki/langs/elixir.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  graphql: () => import('shiki/langs/graphql.mjs'),
  haskell: () => import('shiki/langs/haskell.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  make: () => import('shiki/langs/make.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  nginx: () => import('shiki/langs/nginx.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  powershell: () => import('shiki/langs/powershell.mjs'),
  proto: () => import('shiki/langs/proto.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  scala: () => import('shiki/langs/scala.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
} satisfies Record<string, LanguageInput>

type Language = keyof typeof GRAMMARS

const ALIASES: Readonly<Record<string, Language>> = {
  'c#': 'csharp',
  'c++': 'cpp',
  console: 'bash',
  cs: 'csharp',
  dockerfile: 'docker',
  golang: 'go',
  js: 'javascript',
  kt: 'kotlin',
  makefile: 'make',
  md: 'markdown',
  ps1: 'powershell',
  protobuf: 'proto',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  svg: 'xml',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
}

export type Line = readonly ThemedToken[]

const THEME = createCssVariablesTheme({ name: 'parley', variablePrefix: '--code-' })

let opened: Promise<HighlighterCore> | undefined

function open(): Promise<HighlighterCore> {
  // Regular expressions of JavaScript, not WebAssembly, which the content policy forbids.
  const engine = createJavaScriptRegexEngine({ forgiving: true })
  opened ??= createHighlighterCore({ themes: [THEME], langs: [], engine })
  return opened
}

/** Finds the language that a fence names, if it is one of ours. */
export function languageNamed(name: string): Language | undefined {
  const known = name.toLowerCase()
  if (Object.hasOwn(GRAMMARS, known)) return known as Language
  return Object.hasOwn(ALIASES, known) ? ALIASES[known] : undefined
}

/** Colours a text that grows at its end: what was coloured before is not read again. */
export class Highlighting {
  #lines: Line[] = []
  #read = ''
  #state: GrammarState | undefined

  constructor(private readonly language: Language) {}

  /** Returns the lines of the text; those that have not changed are the same objects. */
  async advance(code: string): Promise<Line[]> {
    const highlighter = await open()
    await highlighter.loadLanguage(GRAMMARS[this.language])
    if (!code.startsWith(this.#read)) this.#restart()
    const end = code.lastIndexOf('\n') + 1
    if (end > this.#read.length) {
      const whole = code.slice(this.#read.length, end - 1)
      const { tokens, grammarState } = this.#tokenize(highlighter, whole)
      this.#lines.push(...tokens)
      this.#state = grammarState
      this.#read = code.slice(0, end)
    }
    const rest = code.slice(end)
    return rest ? [...this.#lines, ...this.#tokenize(highlighter, rest).tokens] : [...this.#lines]
  }

  #tokenize(highlighter: HighlighterCore, code: string) {
    const state = this.#state && { grammarState: this.#state }
    return highlighter.codeToTokens(code, { lang: this.language, theme: 'parley', ...state })
  }

  #restart(): void {
    this.#lines = []
    this.#read = ''
    this.#state = undefined
  }
}
