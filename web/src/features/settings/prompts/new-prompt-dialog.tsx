import { useState } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { TextArea } from '@/shared/ui/text-area'
import { useCreatePrompt } from './api'

interface NewPromptDialogProps {
  readonly user: string
  readonly onClose: () => void
}

/** Makes a prompt. */
export function NewPromptDialog({ user, onClose }: NewPromptDialogProps) {
  const create = useCreatePrompt(user)
  const idFor = useRequestIds()
  const [displayName, setDisplayName] = useState('')
  const [description, setDescription] = useState('')
  const [text, setText] = useState('')
  return (
    <Dialog title="New prompt" wide onClose={onClose}>
      <form
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (create.isPending) return
          const prompt = { displayName: displayName.trim(), description, text }
          create.mutate({ ...prompt, requestId: idFor(prompt) }, { onSuccess: onClose })
        }}
      >
        <Field
          label="Name"
          value={displayName}
          maxLength={100}
          required
          autoFocus
          onChange={(event) => {
            setDisplayName(event.target.value)
          }}
        />
        <Field
          label="What it is for"
          value={description}
          maxLength={1_000}
          onChange={(event) => {
            setDescription(event.target.value)
          }}
        />
        <TextArea
          label="Text"
          hint="{{name}} stands for a value that is filled in later. An assistant’s prompt has none."
          value={text}
          maxLength={32_000}
          required
          onChange={(event) => {
            setText(event.target.value)
          }}
        />
        {create.error && <ProblemNote problem={problemOf(create.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={create.isPending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
