'use client'

import { Suspense } from 'react'
import { useSearchParams } from 'next/navigation'
import { AccountMenu } from '@/features/auth/account-menu'
import { RequireUser } from '@/features/auth/gates'
import { Chat } from '@/features/chat/chat'
import { Opening } from '@/shared/ui/opening'

/** The conversations. Which one is open is in the query: `/chat?c={conversation}`. */
export default function ChatPage() {
  return (
    <Suspense fallback={<Opening />}>
      <OpenChat />
    </Suspense>
  )
}

function OpenChat() {
  const id = useSearchParams().get('c') ?? undefined
  return (
    <RequireUser>
      {(user) => (
        <Chat key={user} user={user} conversationId={id} account={<AccountMenu user={user} />} />
      )}
    </RequireUser>
  )
}
