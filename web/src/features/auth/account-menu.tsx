'use client'

import { useId, useRef, useState } from 'react'
import Link from 'next/link'
import { useActing, useScopes } from '@/shared/rpc/rpc-context'
import { mayAdminister } from '@/shared/rpc/scopes'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import { DeleteAccountDialog } from './delete-account-dialog'
import { useAttempt } from './use-attempt'
import { useProfile } from './profile'

const ITEM = 'block w-full rounded-md px-3 py-2 text-left text-[0.9375rem] hover:bg-sunken'

/** Says who is signed in, and lets them leave. Who acts as somebody leaves by the bar above. */
export function AccountMenu({ user }: { readonly user: string }) {
  const acting = useActing()
  return acting && !acting.over ? <Theirs email={acting.email} /> : <Own user={user} />
}

/** What there is of an account while somebody acts for whose it is. */
function Theirs({ email }: { readonly email: string }) {
  return (
    <div className="flex items-center gap-2 px-3 py-1 text-sm text-ink-2">
      <span className="min-w-0 flex-1 truncate">{email}</span>
      <Link href="/settings" className="rounded-lg px-2 py-1.5 hover:bg-line/60 hover:text-ink">
        Settings
      </Link>
    </div>
  )
}

function Own({ user }: { readonly user: string }) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const account = useAccount()
  const { problem, attempt } = useAttempt()
  const [deleting, setDeleting] = useState(false)
  const email = useProfile(user)?.email
  const administers = mayAdminister(useScopes())

  return (
    <div className="relative">
      <button
        type="button"
        popoverTarget={id}
        className="flex w-full items-center gap-2 rounded-lg px-3 py-2.5 text-left text-sm text-ink-2 transition-colors hover:bg-line/60 hover:text-ink"
      >
        <span className="sr-only">Account </span>
        <span className="min-w-0 flex-1 truncate">{email ?? 'Account'}</span>
        <Icon name="chevron-up" />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="account-menu w-60 rounded-xl border border-line bg-raised p-1.5 text-ink shadow-raised"
      >
        <Link href="/account" className={ITEM}>
          Account
        </Link>
        <Link href="/settings" className={ITEM}>
          Settings
        </Link>
        {administers && (
          <Link href="/admin" className={ITEM}>
            Administration
          </Link>
        )}
        <button
          type="button"
          className={ITEM}
          onClick={() => void attempt(() => account.signOut())}
        >
          Sign out
        </button>
        <button
          type="button"
          className={`${ITEM} text-danger`}
          onClick={() => {
            menu.current?.hidePopover()
            setDeleting(true)
          }}
        >
          Delete account…
        </button>
        {problem && <ProblemNote problem={problem} />}
      </div>
      {deleting && (
        <DeleteAccountDialog
          user={user}
          onClose={() => {
            setDeleting(false)
          }}
        />
      )}
    </div>
  )
}
