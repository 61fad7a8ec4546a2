import { useState } from 'react'
import type { Memory } from '@/gen/parley/llm/v1/memory_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { More } from '@/shared/ui/more'
import { NameDialog } from '@/shared/ui/name-dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { useDeleteMemory, useMemories, useSaveMemory } from './api'

const MAX_TEXT = 500

/** The facts about the user that models are told. */
export function MemoriesSection({ user }: { readonly user: string }) {
  const pages = useMemories(user)
  const save = useSaveMemory(user)
  const remove = useDeleteMemory()
  const [edited, edit] = useState<Pick<Memory, 'name' | 'text'>>()
  const memories = pages.data?.pages.flatMap((page) => page.memories) ?? []
  const close = () => {
    edit(undefined)
    save.reset()
  }
  return (
    <>
      {remove.error && <ProblemNote problem={problemOf(remove.error)} />}
      {memories.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {memories.map((memory) => (
            <li key={memory.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
              <p className="min-w-0 flex-1 basis-60 text-[0.9375rem]">{memory.text}</p>
              <div className="-ml-2 sm:ml-0">
                <RowAction
                  label={`Edit: ${memory.text}`}
                  onClick={() => {
                    edit(memory)
                  }}
                >
                  Edit
                </RowAction>
                <RowAction
                  danger
                  label={`Delete: ${memory.text}`}
                  onClick={() => {
                    remove.mutate(memory.name)
                  }}
                >
                  Delete
                </RowAction>
              </div>
            </li>
          ))}
        </ul>
      )}
      <More pages={pages} count={memories.length} nothing="Nothing is remembered about you." />
      <div>
        <Button
          look="outline"
          className="mt-4"
          onClick={() => {
            edit({ name: '', text: '' })
          }}
        >
          Add a memory
        </Button>
      </div>
      {edited && (
        <NameDialog
          title={edited.name ? 'Change this memory' : 'Add a memory'}
          label="What models are to know about you"
          action="Save"
          value={edited.text}
          maxLength={MAX_TEXT}
          busy={save.isPending}
          error={save.error}
          onClose={close}
          onSave={(text, requestId) => {
            save.mutate({ name: edited.name, text, requestId }, { onSuccess: close })
          }}
        />
      )}
    </>
  )
}
