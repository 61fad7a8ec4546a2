'use client'

import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { useUndeleteConversation } from './api'

/** Stands where the next message would be written, and brings a deleted conversation back. */
export function DeletedNote({ conversation }: { readonly conversation: string }) {
  const undelete = useUndeleteConversation()
  return (
    <div className="mx-auto flex w-full max-w-[46rem] flex-wrap items-center justify-between gap-3 px-5 pb-5 text-ink-2 md:px-6">
      <p role="status">
        {undelete.isError ? problemOf(undelete.error).text : 'This conversation is deleted.'}
      </p>
      <Button
        look="outline"
        busy={undelete.isPending}
        onClick={() => {
          undelete.mutate(conversation)
        }}
      >
        Restore
      </Button>
    </div>
  )
}
