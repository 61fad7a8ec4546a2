import { isValidElement, memo } from 'react'
import type { ComponentProps, ReactNode } from 'react'
import { defaultRehypePlugins, Streamdown } from 'streamdown'
import type { Components } from 'streamdown'
import { citationMarks } from './citations'
import { Cite } from './cite'
import { CodeBlock } from './code-block'
import './markdown.css'

interface MarkdownProps {
  readonly text: string
  /** Whether the text is still being written: its end may then be half a construct. */
  readonly writing: boolean
}

/** Sets what a model wrote. Its HTML is sanitised, and nothing it names is fetched. */
export const Markdown = memo(function Markdown({ text, writing }: MarkdownProps) {
  return (
    <Streamdown
      className="markdown"
      components={COMPONENTS}
      controls={false}
      data-writing={writing || undefined}
      linkSafety={{ enabled: false }}
      mode={writing ? 'streaming' : 'static'}
      rehypePlugins={REHYPE_PLUGINS}
    >
      {text}
    </Streamdown>
  )
})

// Plain elements: `markdown.css` says how they look.
const PLAIN = Object.fromEntries(
  'blockquote code h1 h2 h3 h4 h5 h6 hr li ol p section strong sub sup tbody td th thead tr ul'
    .split(' ')
    .map((tag) => [tag, tag]),
) as Components

const OURS = {
  a: Anchor,
  cite: Cite,
  img: ImageLink,
  inlineCode: InlineCode,
  pre: Fence,
  table: Table,
} as Components

// After what sanitises: a model cannot write such an element itself.
const REHYPE_PLUGINS = [...Object.values(defaultRehypePlugins), citationMarks]

const COMPONENTS: Components = { ...PLAIN, ...OURS }

function Anchor({ href, children }: ComponentProps<'a'>) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

/** An image from elsewhere would tell its server who reads what, so it is only named. */
function ImageLink({ src, alt }: ComponentProps<'img'>) {
  const label = `Image: ${alt ?? 'without a description'}`
  return typeof src === 'string' ? <Anchor href={src}>{label}</Anchor> : label
}

function InlineCode({ children }: ComponentProps<'code'>) {
  return <code>{children}</code>
}

function Table({ children }: ComponentProps<'table'>) {
  return (
    <div className="table-scroll" role="group" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  )
}

function Fence({ children }: ComponentProps<'pre'>) {
  const code = isValidElement<ComponentProps<'code'>>(children) ? children.props : {}
  const language = /language-(\S+)/.exec(code.className ?? '')?.[1] ?? ''
  return <CodeBlock key={language} code={textOf(code.children).trimEnd()} language={language} />
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string') return node
  return Array.isArray(node) ? node.map(textOf).join('') : ''
}
