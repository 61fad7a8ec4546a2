import type { Session } from '@/gen/parley/auth/v1/session_service_pb'
import { aboutSession, deviceOf } from '@/shared/lib/about-session'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
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
        <Rows>
          {sessions.map((session) => (
            <SessionRow
              key={session.name}
              session={session}
              busy={end.isPending && end.variables === session.name}
              onEnd={() => {
                end.mutate(session.name)
              }}
            />
          ))}
        </Rows>
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

interface SessionRowProps {
  readonly session: Session
  readonly busy: boolean
  readonly onEnd: () => void
}

function SessionRow({ session, busy, onEnd }: SessionRowProps) {
  const device = deviceOf(session.userAgent)
  const tags = session.current && <Tag>this one</Tag>
  return (
    <Row title={device} tags={tags} note={aboutSession(session)}>
      {!session.current && (
        <RowAction danger label={`End the session of ${device}`} onClick={onEnd}>
          {busy ? 'Ending…' : 'End'}
        </RowAction>
      )}
    </Row>
  )
}
