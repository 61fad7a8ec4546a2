'use client'

import { useState } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field } from './field'
import { ProblemNote } from './problem-note'

interface NameDialogProps {
  readonly title: string
  readonly label: string
  /** What the button says. */
  readonly action: string
  readonly value: string
  readonly maxLength: number
  readonly busy: boolean
  readonly error: Error | null
  readonly onClose: () => void
  /** The request ID is the same when the same name is saved again, since no answer came. */
  readonly onSave: (name: string, requestId: string) => void
}

/** Asks what something is to be called. */
export function NameDialog({ value, title, label, action, ...props }: NameDialogProps) {
  const { maxLength, busy, error, onClose, onSave } = props
  const [name, setName] = useState(value)
  const idFor = useRequestIds()
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          const wanted = name.trim()
          if (!busy && wanted) onSave(wanted, idFor(wanted))
        }}
      >
        <Field
          label={label}
          value={name}
          maxLength={maxLength}
          required
          autoFocus
          onChange={(event) => {
            setName(event.target.value)
          }}
        />
        {error && (
          <div className="mt-4">
            <ProblemNote problem={problemOf(error)} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
