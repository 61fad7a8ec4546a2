'use client'

import { useState } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import { useCollections } from '@/shared/llm/collections'
import { SourceDialog } from '@/shared/llm/source/source-dialog'
import type { Source } from '@/shared/llm/source/place'
import { useNewUploads, useUnderWay } from '@/shared/llm/uploads/use-uploads'
import { useSettled } from '@/shared/lib/use-settled'
import { newQueryClient } from '@/shared/rpc/query-client'
import { Icon } from '@/shared/ui/icon'
import { PageHeader } from '@/shared/ui/page-header'
import { useLeaveWarning } from '@/shared/ui/use-leave-warning'
import { CollectionHead } from './collection-head'
import { CollectionList } from './collection-list'
import { Documents } from './documents'
import { Hits } from './hits'

const TYPING_MS = 300

/** The documents that answers can rest on, and the collections that they lie in. */
export function Library({ user }: { readonly user: string }) {
  const [queryClient] = useState(() => newQueryClient())
  return (
    <QueryClientProvider client={queryClient}>
      <div className="mx-auto max-w-[70rem] px-5 pb-24 md:px-8">
        <PageHeader back="/chat">Conversations</PageHeader>
        <Shelves user={user} />
      </div>
    </QueryClientProvider>
  )
}

function Shelves({ user }: { readonly user: string }) {
  const collections = useCollections(user)
  const [wanted, show] = useState('')
  const [query, setQuery] = useState('')
  const [source, setSource] = useState<Source>()
  const uploads = useNewUploads(user)
  useLeaveWarning(useUnderWay(uploads))
  const settled = useSettled(query.trim(), TYPING_MS)
  // The collection that is shown may have been deleted.
  const shown = collections.data?.find(({ name }) => name === wanted)
  const collection = shown?.name ?? ''
  return (
    <main className="mt-6 md:grid md:grid-cols-[13rem_minmax(0,1fr)] md:gap-10">
      <div>
        <h1 className="font-serif text-4xl font-medium tracking-tight">Library</h1>
        <CollectionList user={user} collections={collections} shown={collection} onShow={show} />
      </div>
      <div className="mt-8 min-w-0 md:mt-1">
        <CollectionHead key={`head ${collection}`} user={user} collection={shown} />
        <label className="mt-4 flex items-center gap-2.5 rounded-lg border border-line bg-raised px-3 text-ink-3 focus-within:border-accent">
          <Icon name="search" className="size-[1.125rem]" />
          <span className="sr-only">Search the documents</span>
          <input
            type="search"
            value={query}
            maxLength={2_000}
            placeholder={shown ? `Search in ${shown.displayName}` : 'Search in all documents'}
            onChange={(event) => {
              setQuery(event.target.value)
            }}
            className="h-11 min-w-0 flex-1 bg-transparent text-base text-ink outline-none placeholder:text-ink-3"
          />
        </label>
        {settled ? (
          <Hits user={user} query={settled} collection={collection} onOpen={setSource} />
        ) : (
          <Documents
            key={`documents ${collection}`}
            user={user}
            uploads={uploads}
            collection={shown}
            collections={collections.data ?? []}
            onOpen={setSource}
          />
        )}
      </div>
      {source && (
        <SourceDialog
          source={source}
          onClose={() => {
            setSource(undefined)
          }}
        />
      )}
    </main>
  )
}
