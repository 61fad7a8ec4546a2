'use client'

import { Suspense } from 'react'
import { RequireUser } from '@/features/auth/gates'
import { Settings } from '@/features/settings/settings'
import { Opening } from '@/shared/ui/opening'

/** What a person has used, has shared, and can take out, bring in and erase. */
export default function SettingsPage() {
  return (
    <Suspense fallback={<Opening />}>
      <RequireUser>{(user) => <Settings key={user} user={user} />}</RequireUser>
    </Suspense>
  )
}
