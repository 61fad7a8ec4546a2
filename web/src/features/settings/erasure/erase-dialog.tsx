import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { ErasureService } from '@/gen/parley/chat/v1/erasure_service_pb'
import { ErasureService as KnowledgeErasureService } from '@/gen/parley/llm/v1/erasure_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { CONFIRMATION, confirms } from './confirmation'

interface EraseDialogProps {
  readonly user: string
  /** Told by when everything will be gone. */
  readonly onErased: (deadline: Timestamp) => void
  readonly onClose: () => void
}

/** Asks for a few words, so that nobody erases everything by a slip. */
export function EraseDialog({ user, onErased, onClose }: EraseDialogProps) {
  const erase = useErase(user)
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState<string>()

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (confirms(typed)) erase.mutate(undefined, { onSuccess: onErased })
    else setFault(`Type “${CONFIRMATION}” to go on.`)
  }
  return (
    <Dialog title="Erase all your data?" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        All your conversations, folders, links, imports, documents, assistants, prompts and memories
        are out of sight at once, and gone for good within an hour. Replies being written are
        stopped. This can’t be undone; export first what you want to keep.
      </p>
      <form onSubmit={submit} className="mt-5 space-y-5">
        <Field
          label={`Type “${CONFIRMATION}”`}
          name="confirmation"
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          maxLength={50}
          fault={fault}
          onChange={(event) => {
            setTyped(event.target.value)
            setFault(undefined)
          }}
        />
        {erase.error && <ProblemNote problem={problemOf(erase.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" look="danger" busy={erase.isPending}>
            {erase.isPending ? 'Erasing…' : 'Erase everything'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function useErase(user: string) {
  const chat = useClient(ErasureService)
  const llm = useClient(KnowledgeErasureService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      // Asking again is harmless: if the second fails, both are asked again.
      const { deadline } = await chat.eraseUserData({ name: user })
      const { deadline: other } = await llm.eraseUserData({ name: user })
      if (!deadline || !other) throw new Error('no deadline came')
      return other.seconds > deadline.seconds ? other : deadline
    },
    // What the page shows of usage and links is of the past.
    onSuccess: () => queryClient.invalidateQueries(),
  })
}
