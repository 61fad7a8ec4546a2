import { useState } from 'react'
import type { Prompt } from '@/gen/parley/llm/v1/prompt_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NameDialog } from '@/shared/ui/name-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { useDeletePrompt, usePrompts, useRenamePrompt } from './api'
import { NewPromptDialog } from './new-prompt-dialog'
import { VersionsDialog } from './versions-dialog'

type Asking = 'rename' | 'versions' | 'delete'

/** Instructions with variables, in versions. */
export function PromptsSection({ user }: { readonly user: string }) {
  const prompts = usePrompts(user)
  const [creating, setCreating] = useState(false)
  return (
    <>
      {prompts.isPending && (
        <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
          Loading…
        </p>
      )}
      {prompts.error && (
        <ProblemNote problem={problemOf(prompts.error)}>
          <NoteAction onClick={() => void prompts.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      {prompts.data?.length === 0 && (
        <p className="py-2 text-[0.9375rem] text-ink-2">You have no prompts.</p>
      )}
      {prompts.data && prompts.data.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {prompts.data.map((prompt) => (
            <Row key={prompt.name} prompt={prompt} />
          ))}
        </ul>
      )}
      <Button
        look="outline"
        className="mt-4"
        onClick={() => {
          setCreating(true)
        }}
      >
        New prompt
      </Button>
      {creating && (
        <NewPromptDialog
          user={user}
          onClose={() => {
            setCreating(false)
          }}
        />
      )}
    </>
  )
}

function Row({ prompt }: { readonly prompt: Prompt }) {
  const { name, displayName, description, latestVersion } = prompt
  const [asking, ask] = useState<Asking>()
  const rename = useRenamePrompt()
  const remove = useDeletePrompt()
  const close = () => {
    ask(undefined)
    rename.reset()
  }
  const action = (what: Asking, words: string) => (
    <RowAction
      label={`${words}: ${displayName}`}
      danger={what === 'delete'}
      onClick={() => {
        ask(what)
      }}
    >
      {words}
    </RowAction>
  )
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="truncate text-[0.9375rem] font-medium">{displayName}</p>
        {description && <p className="text-sm text-ink-2">{description}</p>}
        <p className="line-clamp-2 text-[0.8125rem] text-ink-3">
          {latestVersion && `Version ${idOf(latestVersion.name)}: ${latestVersion.text}`}
        </p>
      </div>
      <div className="-ml-2 sm:ml-0">
        {action('versions', 'Versions')}
        {action('rename', 'Rename')}
        {action('delete', 'Delete')}
      </div>
      {asking === 'versions' && <VersionsDialog prompt={prompt} onClose={close} />}
      {asking === 'rename' && (
        <NameDialog
          title="Rename this prompt"
          label="Name"
          action="Rename"
          value={displayName}
          maxLength={100}
          busy={rename.isPending}
          error={rename.error}
          onClose={close}
          onSave={(displayName) => {
            rename.mutate({ name, displayName }, { onSuccess: close })
          }}
        />
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title="Delete this prompt?"
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onClose={close}
          onConfirm={() => {
            remove.mutate(name, { onSuccess: close })
          }}
        >
          “{displayName}” and all its versions go. Replies that it helped to write stay.
        </ConfirmDialog>
      )}
    </li>
  )
}
