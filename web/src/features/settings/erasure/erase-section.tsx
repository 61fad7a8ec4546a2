import { useState } from 'react'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { Button } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { momentOf } from '@/shared/lib/times'
import { EraseDialog } from './erase-dialog'

/** Says what goes when one's data is erased, and has it erased. */
export function EraseSection({ user }: { readonly user: string }) {
  const [asking, setAsking] = useState(false)
  const [deadline, setDeadline] = useState<Timestamp>()
  return (
    <>
      <div className="grid max-w-[38rem] gap-x-8 gap-y-4 text-[0.9375rem] text-ink-2 sm:grid-cols-2">
        <div>
          <h3 className="font-medium text-ink">What goes</h3>
          <ul className="mt-1 list-disc space-y-0.5 pl-5">
            <li>all conversations and messages, also deleted ones</li>
            <li>folders, tags and ratings</li>
            <li>shared links, which lead nowhere at once</li>
            <li>unfinished imports</li>
            <li>documents and collections, also those you share</li>
            <li>assistants, prompts and memories</li>
            <li>the record of what replies cost</li>
          </ul>
        </div>
        <div>
          <h3 className="font-medium text-ink">What stays</h3>
          <ul className="mt-1 list-disc space-y-0.5 pl-5">
            <li>your account and its password</li>
            <li>your devices, signed in</li>
            <li>how much of today’s and this month’s budget is used</li>
          </ul>
        </div>
      </div>
      {deadline ? (
        <p
          role="status"
          className="mt-6 flex max-w-[38rem] gap-3 rounded-xl bg-accent-wash px-4 py-3 text-[0.9375rem]"
        >
          <Icon name="check" className="mt-[0.2em] size-[1.125rem] text-accent" />
          <span>
            Your data is out of sight, and is being erased. Everything will be gone by{' '}
            <strong className="font-medium">{momentOf(deadline)}</strong> at the latest.
          </span>
        </p>
      ) : (
        <Button
          look="danger"
          className="mt-6"
          onClick={() => {
            setAsking(true)
          }}
        >
          Erase my data…
        </Button>
      )}
      {asking && (
        <EraseDialog
          user={user}
          onErased={(deadline) => {
            setDeadline(deadline)
            setAsking(false)
          }}
          onClose={() => {
            setAsking(false)
          }}
        />
      )}
    </>
  )
}
