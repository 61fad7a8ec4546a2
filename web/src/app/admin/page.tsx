'use client'

import { Suspense } from 'react'
import { Admin } from '@/features/admin/admin'
import { RequireSelf } from '@/features/auth/gates'
import { Opening } from '@/shared/ui/opening'

/** Who may use this Parley and for what, and what happened to accounts. */
export default function AdminPage() {
  return (
    <Suspense fallback={<Opening />}>
      <RequireSelf>{(user) => <Admin key={user} user={user} />}</RequireSelf>
    </Suspense>
  )
}
