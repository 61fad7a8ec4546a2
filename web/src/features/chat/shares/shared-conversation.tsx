'use client'

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import Link from 'next/link'
import { createClient } from '@connectrpc/connect'
import { Role } from '@/gen/parley/chat/v1/message_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { ShareService } from '@/gen/parley/chat/v1/share_service_pb'
import type { GetSharedConversationResponse } from '@/gen/parley/chat/v1/share_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { useRpc } from '@/shared/rpc/rpc-context'
import { Wordmark } from '@/shared/ui/mark'
import { Opening } from '@/shared/ui/opening'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Markdown } from '../markdown/markdown'
import { usePageTitle } from '@/shared/ui/use-page-title'

const SIGNED_OUT: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.UNAUTHENTICATED,
  ErrorReason.SESSION_ENDED,
])

/** What the link that was followed leads to. Its token is in the fragment, which no server sees. */
export function SharedConversation() {
  const token = useFragment()
  return token === undefined ? <Opening /> : <Shared key={token} token={token} />
}

function Shared({ token }: { readonly token: string }) {
  const shared = useShared(token)
  usePageTitle(shared && 'title' in shared ? shared.title || 'Shared' : 'Shared')
  if (!shared) return <Opening />
  return (
    <main className="mx-auto max-w-[46rem] px-5 pt-6 pb-16 md:px-6">
      <Wordmark />
      {'title' in shared ? (
        <Snapshot shared={shared} />
      ) : (
        <Missing problem={shared} token={token} />
      )}
    </main>
  )
}

interface MissingProps {
  readonly problem: Problem
  readonly token: string
}

function Missing({ problem, token }: MissingProps) {
  const closed = SIGNED_OUT.has(problem.reason)
  return (
    <>
      <h1 className="mt-16 mb-5 font-serif text-4xl font-medium tracking-tight">
        {closed ? 'Not for everybody' : 'Nothing to see'}
      </h1>
      {closed ? (
        <p className="text-lg text-ink-2">
          Only people who are signed in here can see this.{' '}
          {/* The token stays in the fragment, which no server sees. */}
          <Link
            prefetch={false}
            href={`/sign-in?to=%2Fshared#${token}`}
            className="text-accent underline underline-offset-4"
          >
            Sign in
          </Link>
        </p>
      ) : (
        <ProblemNote problem={problem} />
      )}
    </>
  )
}

function Snapshot({ shared }: { readonly shared: GetSharedConversationResponse }) {
  return (
    <>
      <h1 className="mt-8 font-serif text-3xl font-medium tracking-tight text-balance">
        {shared.title || 'Untitled'}
      </h1>
      {shared.truncated && (
        <p className="mt-4 text-sm text-ink-3">The beginning is too long to be shown.</p>
      )}
      {shared.messages.map(({ role, text }, at) =>
        role === Role.USER ? (
          <h2
            key={at}
            className="pt-10 font-serif text-[1.375rem] leading-snug font-medium whitespace-pre-wrap"
          >
            {text}
          </h2>
        ) : (
          <div key={at} className="mt-4">
            <Markdown text={text} writing={false} />
          </div>
        ),
      )}
    </>
  )
}

function useShared(token: string): GetSharedConversationResponse | Problem | undefined {
  const { anonymous, authorized } = useRpc()
  const clients = useMemo(
    () => [anonymous, authorized].map((transport) => createClient(ShareService, transport)),
    [anonymous, authorized],
  )
  const [shared, setShared] = useState<GetSharedConversationResponse | Problem>()
  useEffect(() => {
    const abort = new AbortController()
    const get = async () => {
      for (const client of clients) {
        try {
          return await client.getSharedConversation({ token }, { signal: abort.signal })
        } catch (error) {
          const problem = problemOf(error)
          // Some are for those who are signed in; the others are asked for by nobody.
          if (client === clients.at(-1) || problem.reason !== ErrorReason.UNAUTHENTICATED) {
            return problem
          }
        }
      }
      return undefined
    }
    void get().then((found) => {
      if (!abort.signal.aborted) setShared(found)
    })
    return () => {
      abort.abort()
    }
  }, [clients, token])
  return shared
}

/** What stands behind the `#` in the address; not known while the page is being built. */
function useFragment(): string | undefined {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed)
      return () => {
        removeEventListener('hashchange', changed)
      }
    },
    () => location.hash.slice(1),
    () => undefined,
  )
}
