'use client'

import { Suspense } from 'react'
import { RequireUser } from '@/features/auth/gates'
import { Library } from '@/features/library/library'
import { Opening } from '@/shared/ui/opening'

/** The documents and collections of a person. */
export default function LibraryPage() {
  return (
    <Suspense fallback={<Opening />}>
      <RequireUser>{(user) => <Library key={user} user={user} />}</RequireUser>
    </Suspense>
  )
}
