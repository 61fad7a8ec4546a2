'use client'

import { Suspense } from 'react'
import { DevicePage } from '@/features/auth/devices/device-page'
import { RequireSelf } from '@/features/auth/gates'
import { Opening } from '@/shared/ui/opening'

/** Where a person signs a terminal in: `/device#{code}`. */
export default function Device() {
  return (
    <Suspense fallback={<Opening />}>
      <RequireSelf>{(user) => <DevicePage key={user} />}</RequireSelf>
    </Suspense>
  )
}
