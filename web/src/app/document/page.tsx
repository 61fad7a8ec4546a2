'use client'

import { Suspense } from 'react'
import { useSearchParams } from 'next/navigation'
import { RequireUser } from '@/features/auth/gates'
import { sourceAt } from '@/shared/llm/source/place'
import { SourcePage } from '@/shared/llm/source/source-page'
import { Opening } from '@/shared/ui/opening'

/** A document at a place: `/document?name={document}&page={page}&start={start}&end={end}`. */
export default function DocumentPage() {
  return (
    <Suspense fallback={<Opening />}>
      <OpenDocument />
    </Suspense>
  )
}

function OpenDocument() {
  const query = useSearchParams()
  return (
    <RequireUser>
      {(user) => <SourcePage key={user + query.toString()} source={sourceAt(query)} />}
    </RequireUser>
  )
}
