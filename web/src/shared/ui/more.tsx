import type { ReactNode } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'

/** What a list that comes in pages says of itself. */
interface Pages {
  readonly error: Error | null
  readonly isPending: boolean
  readonly isFetchingNextPage: boolean
  readonly hasNextPage: boolean
  readonly isFetchNextPageError: boolean
  fetchNextPage(): Promise<unknown>
  refetch(): Promise<unknown>
}

/** The foot of a list: whether there is more, is nothing, or something went wrong. */
export function More({
  pages,
  count,
  nothing,
}: {
  readonly pages: Pages
  readonly count: number
  readonly nothing: ReactNode
}) {
  if (pages.error) {
    return (
      <ProblemNote problem={problemOf(pages.error)}>
        <NoteAction
          onClick={() =>
            void (pages.isFetchNextPageError ? pages.fetchNextPage() : pages.refetch())
          }
        >
          Try again
        </NoteAction>
      </ProblemNote>
    )
  }
  if (pages.isPending) {
    return (
      <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
        Loading…
      </p>
    )
  }
  if (!count && !pages.hasNextPage) {
    return <p className="py-2 text-[0.9375rem] text-ink-2">{nothing}</p>
  }
  if (!pages.hasNextPage) return null
  return (
    <Button
      look="outline"
      className="mt-4"
      busy={pages.isFetchingNextPage}
      onClick={() => void pages.fetchNextPage()}
    >
      {pages.isFetchingNextPage ? 'Loading…' : 'Show more'}
    </Button>
  )
}
