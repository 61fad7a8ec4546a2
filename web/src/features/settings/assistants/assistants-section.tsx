import { useState } from 'react'
import type { Assistant } from '@/gen/parley/llm/v1/assistant_service_pb'
import { useAssistants, useDeleteAssistant } from '@/shared/llm/assistants'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { AssistantDialog } from './assistant-dialog'
import { aboutAssistant } from './form'

/** The user's assistants. */
export function AssistantsSection({ user }: { readonly user: string }) {
  const assistants = useAssistants(user)
  const remove = useDeleteAssistant()
  const [edited, edit] = useState<Assistant | 'new'>()
  const [doomed, doom] = useState<Assistant>()
  return (
    <>
      {assistants.isPending && (
        <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
          Loading…
        </p>
      )}
      {assistants.error && (
        <ProblemNote problem={problemOf(assistants.error)}>
          <NoteAction onClick={() => void assistants.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      {assistants.data?.length === 0 && (
        <p className="py-2 text-[0.9375rem] text-ink-2">You have no assistants.</p>
      )}
      {assistants.data && assistants.data.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {assistants.data.map((assistant) => (
            <li key={assistant.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
              <div className="min-w-0 flex-1 basis-60">
                <p className="truncate text-[0.9375rem] font-medium">{assistant.displayName}</p>
                {assistant.description && (
                  <p className="text-sm text-ink-2">{assistant.description}</p>
                )}
                <p className="text-[0.8125rem] text-ink-3">{aboutAssistant(assistant)}</p>
              </div>
              <div className="-ml-2 sm:ml-0">
                <RowAction
                  label={`Edit: ${assistant.displayName}`}
                  onClick={() => {
                    edit(assistant)
                  }}
                >
                  Edit
                </RowAction>
                <RowAction
                  danger
                  label={`Delete: ${assistant.displayName}`}
                  onClick={() => {
                    doom(assistant)
                  }}
                >
                  Delete
                </RowAction>
              </div>
            </li>
          ))}
        </ul>
      )}
      <Button
        look="outline"
        className="mt-4"
        onClick={() => {
          edit('new')
        }}
      >
        New assistant
      </Button>
      {edited && (
        <AssistantDialog
          user={user}
          assistant={edited === 'new' ? undefined : edited}
          onClose={() => {
            edit(undefined)
          }}
        />
      )}
      {doomed && (
        <ConfirmDialog
          title="Delete this assistant?"
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onClose={() => {
            doom(undefined)
          }}
          onConfirm={() => {
            remove.mutate(doomed, {
              onSuccess: () => {
                doom(undefined)
              },
            })
          }}
        >
          “{doomed.displayName}” answers no more. What it said stays.
        </ConfirmDialog>
      )}
    </>
  )
}
