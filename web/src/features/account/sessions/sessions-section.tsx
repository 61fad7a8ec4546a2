import type { Session } from '@/gen/parley/auth/v1/session_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { aboutSession, deviceOf } from './about-session'
import { useEndOtherSessions, useEndSession, useSessions } from './api'

/** Where the user is signed in, and the ways to end that. */
export function SessionsSection({ user }: { readonly user: string }) {
  const pages = useSessions(user)
  const end = useEndSession()
  const endOthers = useEndOtherSessions(user)
  const sessions = pages.data?.pages.flatMap((page) => page.sessions) ?? []
  const problem = end.error ?? endOthers.error
  return (
    <>
      {sessions.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {sessions.map((session) => (
            <Row
              key={session.name}
              session={session}
              busy={end.isPending && end.variables === session.name}
              onEnd={() => {
                end.mutate(session.name)
              }}
            />
          ))}
        </ul>
      )}
      <More pages={pages} count={sessions.length} nothing="There is no session." />
      {problem && (
        <div className="mt-4">
          <ProblemNote problem={problemOf(problem)} />
        </div>
      )}
      {sessions.length > 1 && (
        <Button
          look="outline"
          className="mt-4"
          busy={endOthers.isPending}
          onClick={() => {
            endOthers.mutate()
          }}
        >
          {endOthers.isPending ? 'Ending them…' : 'End all others'}
        </Button>
      )}
    </>
  )
}

interface RowProps {
  readonly session: Session
  readonly busy: boolean
  readonly onEnd: () => void
}

function Row({ session, busy, onEnd }: RowProps) {
  const device = deviceOf(session.userAgent)
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="text-[0.9375rem] font-medium">
          {device}
          {session.current && (
            <span className="ml-2 rounded-full bg-sunken px-2 py-0.5 text-xs font-normal text-ink-2">
              this one
            </span>
          )}
        </p>
        <p className="text-[0.8125rem] text-ink-3">{aboutSession(session)}</p>
      </div>
      {!session.current && (
        <button
          type="button"
          disabled={busy}
          aria-label={`End the session of ${device}`}
          onClick={onEnd}
          className="-ml-2 h-8 rounded-md px-2 text-[0.8125rem] text-danger hover:bg-line/60 sm:ml-0"
        >
          {busy ? 'Ending…' : 'End'}
        </button>
      )}
    </li>
  )
}
