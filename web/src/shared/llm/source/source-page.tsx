'use client'

import { useState } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import { useDocument } from '@/shared/llm/documents'
import { newQueryClient } from '@/shared/rpc/query-client'
import { PageHeader } from '@/shared/ui/page-header'
import { usePageTitle } from '@/shared/ui/use-page-title'
import type { Source } from './place'
import { SourceView } from './source-view'

/** A source on a page of its own. */
export function SourcePage({ source }: { readonly source: Source | undefined }) {
  const [queryClient] = useState(() => newQueryClient())
  return (
    <QueryClientProvider client={queryClient}>
      <div className="mx-auto flex h-page max-w-[52rem] flex-col px-5 pb-5 md:px-8">
        <PageHeader back="/library">Library</PageHeader>
        <main className="flex min-h-0 flex-1 flex-col">
          {source ? <Opened source={source} /> : <Nothing />}
        </main>
      </div>
    </QueryClientProvider>
  )
}

function Opened({ source }: { readonly source: Source }) {
  const { data } = useDocument(source.document)
  usePageTitle(data?.displayName ?? 'Document')
  return (
    <>
      <h1 className="mb-3 font-serif text-2xl font-medium tracking-tight">
        {data?.displayName ?? 'Document'}
      </h1>
      <SourceView source={source} />
    </>
  )
}

function Nothing() {
  usePageTitle('Not found')
  return (
    <>
      <h1 className="mt-16 mb-5 font-serif text-4xl font-medium tracking-tight">Nothing here</h1>
      <p className="text-lg text-ink-2">This address names no document.</p>
    </>
  )
}
