import { Button } from '@/shared/ui/button'
import { sizeOf } from '@/shared/lib/sizes'
import type { Unfinished } from './unfinished'

interface UnfinishedListProps {
  readonly entries: readonly Unfinished[]
  readonly onGoOn: (entry: Unfinished) => void
}

/** Imports that were begun in this browser, and how to go on with them. */
export function UnfinishedList({ entries, onGoOn }: UnfinishedListProps) {
  return (
    <div>
      <h3 className="text-sm font-medium">Unfinished imports</h3>
      <ul className="mt-1 divide-y divide-line border-y border-line">
        {entries.map((entry) => (
          <Row
            key={entry.job}
            entry={entry}
            onGoOn={() => {
              onGoOn(entry)
            }}
          />
        ))}
      </ul>
    </div>
  )
}

function Row({ entry, onGoOn }: { readonly entry: Unfinished; readonly onGoOn: () => void }) {
  const { file, uploadedBytes } = entry
  const whole = uploadedBytes >= file.size
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 text-[0.9375rem]">
        <p className="truncate font-medium">{file.name}</p>
        <p className="text-sm text-ink-2">
          {whole
            ? 'Uploaded, and not read to its end.'
            : `${sizeOf(uploadedBytes)} of ${sizeOf(file.size)} are uploaded. Choose this file again to go on.`}
        </p>
      </div>
      {whole && (
        <Button look="outline" aria-label={`Go on with ${file.name}`} onClick={onGoOn}>
          Go on
        </Button>
      )}
    </li>
  )
}
