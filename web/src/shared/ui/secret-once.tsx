import { useBlob } from '@/shared/lib/use-blob'
import { Button } from './button'
import { CopyButton } from './copy-button'
import { Dialog } from './dialog'

interface SecretOnceProps {
  readonly title: string
  /** What it is for, and that it is not shown again. */
  readonly about: string
  readonly lines: readonly string[]
  /** What a file with it is called. */
  readonly file?: string
  readonly onClose: () => void
}

/** Shows a secret for the only time. */
export function SecretOnce({ title, about, lines, file, onClose }: SecretOnceProps) {
  const text = lines.join('\n')
  const kept = useBlob<HTMLAnchorElement>(`${text}\n`, 'text/plain')
  return (
    <Dialog title={title} wide={lines.length > 1} onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">{about}</p>
      <ul
        aria-label={title}
        className="mt-4 grid gap-x-6 gap-y-1 rounded-lg bg-sunken p-4 font-mono text-sm break-all sm:has-[li:nth-child(2)]:grid-cols-2"
      >
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <CopyButton text={text} label="Copy all of it" />
        {file !== undefined && (
          <a
            download={file}
            ref={kept}
            className="rounded-md px-2 py-1 text-[0.8125rem] text-ink-3 hover:bg-line/60 hover:text-ink"
          >
            Download
          </a>
        )}
      </div>
      <div className="mt-6 flex justify-end">
        <Button onClick={onClose}>I have kept it</Button>
      </div>
    </Dialog>
  )
}
