import type { SubmitEvent } from 'react'
import type { Account } from '@/gen/parley/auth/v1/account_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { TextArea } from '@/shared/ui/text-area'
import { useImpersonation } from './api'

interface ActAsDialogProps {
  readonly account: Account
  readonly onClose: () => void
}

/** Asks why somebody is to act as somebody else, and goes to their conversations. */
export function ActAsDialog({ account, onClose }: ActAsDialogProps) {
  const act = useImpersonation(account)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('reason')
    const reason = typeof typed === 'string' ? typed.trim() : ''
    if (act.isPending || !reason) return
    act.mutate(reason)
  }
  return (
    <Dialog title={`Act as ${account.displayName}?`} onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        For five minutes, this tab shows and does what {account.email} may with conversations,
        documents and tools, and nothing about accounts. It is recorded, and they are told by mail.
      </p>
      <form onSubmit={submit} className="mt-5 space-y-5">
        <TextArea
          label="Why"
          name="reason"
          maxLength={200}
          required
          autoFocus
          hint="The log keeps it, and they read it."
        />
        {act.error && <ProblemNote problem={problemOf(act.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="danger" busy={act.isPending}>
            {act.isPending ? 'One moment…' : 'Act as them'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
