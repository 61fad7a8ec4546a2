'use client'

import { aboutUpload, isSettled } from '@/shared/llm/uploads/upload'
import type { Upload } from '@/shared/llm/uploads/upload'
import { ProgressBar } from '@/shared/ui/progress-bar'
import { RowAction } from '@/shared/ui/row-action'

interface UploadRowProps {
  readonly upload: Upload
  readonly onRemove: () => void
}

/** A file on its way to be a document. */
export function UploadRow({ upload, onRemove }: UploadRowProps) {
  const { name, phase, uploaded, size, percent } = upload
  const settled = isSettled(upload)
  return (
    <li className="py-3">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 truncate text-[0.9375rem] font-medium">{name}</span>
        <RowAction label={`${settled ? 'Dismiss' : 'Cancel'} ${name}`} onClick={onRemove}>
          {settled ? 'Dismiss' : 'Cancel'}
        </RowAction>
      </div>
      <p
        role="status"
        className={`text-[0.8125rem] ${phase === 'failed' ? 'text-danger' : 'text-ink-3'}`}
      >
        {aboutUpload(upload)}
      </p>
      {!settled && (
        <div className="mt-2">
          <ProgressBar
            aria-label={`How far ${name} is`}
            value={phase === 'processing' ? percent : uploaded}
            max={phase === 'processing' ? 100 : Math.max(1, size)}
          />
        </div>
      )}
    </li>
  )
}
