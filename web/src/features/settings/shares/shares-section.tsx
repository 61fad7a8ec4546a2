import { useState } from 'react'
import Link from 'next/link'
import type { Share } from '@/gen/parley/chat/v1/share_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { CopyButton } from '@/shared/ui/copy-button'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { More } from '@/shared/ui/more'
import { aboutShare } from './about-share'
import { useRevokeShare, useShares } from './api'

/** All links that show conversations to others, and the way to revoke them. */
export function SharesSection({ user }: { readonly user: string }) {
  const pages = useShares(user)
  const [now] = useState(Date.now)
  const [chosen, choose] = useState<Share>()
  const shares = pages.data?.pages.flatMap((page) => page.shares) ?? []
  return (
    <>
      {shares.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {shares.map((share) => (
            <Row key={share.name} share={share} now={now} onRevoke={choose} />
          ))}
        </ul>
      )}
      <More pages={pages} count={shares.length} nothing="You have shared nothing." />
      {chosen && (
        <RevokeDialog
          share={chosen}
          onClose={() => {
            choose(undefined)
          }}
        />
      )}
    </>
  )
}

interface RowProps {
  readonly share: Share
  readonly now: number
  readonly onRevoke: (share: Share) => void
}

function Row({ share, now, onRevoke }: RowProps) {
  const title = share.title || 'Untitled'
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          prefetch={false}
          href={`/chat?c=${idOf(share.conversation)}`}
          className="block truncate rounded text-[0.9375rem] font-medium hover:underline hover:underline-offset-4"
        >
          {title}
        </Link>
        <p className="text-[0.8125rem] text-ink-3">{aboutShare(share, now)}</p>
      </div>
      <div className="-ml-2 flex items-center gap-1 sm:ml-0">
        <CopyButton
          text={`${location.origin}/shared#${share.token}`}
          label={`Copy the link to ${title}`}
        />
        <button
          type="button"
          aria-label={`Revoke the link to ${title}`}
          onClick={() => {
            onRevoke(share)
          }}
          className="h-8 rounded-md px-2 text-[0.8125rem] text-danger hover:bg-line/60"
        >
          Revoke
        </button>
      </div>
    </li>
  )
}

function RevokeDialog({ share, onClose }: { readonly share: Share; readonly onClose: () => void }) {
  const revoke = useRevokeShare()
  return (
    <Dialog title="Revoke this link?" onClose={onClose}>
      <p className="mt-3 text-ink-2 text-pretty">
        The link to <strong className="font-medium text-ink">{share.title || 'Untitled'}</strong>{' '}
        leads nowhere from now on, also for those who have it. The conversation stays.
      </p>
      {revoke.error && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(revoke.error)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
        <Button
          look="danger"
          busy={revoke.isPending}
          onClick={() => {
            revoke.mutate(share.name, { onSuccess: onClose })
          }}
        >
          {revoke.isPending ? 'Revoking…' : 'Revoke the link'}
        </Button>
      </div>
    </Dialog>
  )
}
