'use client'

import { Suspense } from 'react'
import { Account } from '@/features/account/account'
import { RequireSelf } from '@/features/auth/gates'
import { Opening } from '@/shared/ui/opening'

/** Who a person is here, and how they show it. */
export default function AccountPage() {
  return (
    <Suspense fallback={<Opening />}>
      <RequireSelf>{(user) => <Account key={user} user={user} />}</RequireSelf>
    </Suspense>
  )
}
