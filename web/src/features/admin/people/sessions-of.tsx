import type { Account } from '@/gen/parley/auth/v1/account_pb'
import { aboutSession, deviceOf } from '@/shared/lib/about-session'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Row, Rows } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { useMeasure, useSessionsOf } from './api'
import type { Measure } from './api'

/** Where somebody is signed in, and the ways to end that. */
export function SessionsOf({ account }: { readonly account: Account }) {
  const pages = useSessionsOf(account.name)
  const measure = useMeasure(account.name)
  const sessions = pages.data?.pages.flatMap((page) => page.sessions) ?? []
  return (
    <div>
      <h3 className="mb-2 text-sm font-medium">Sessions</h3>
      {sessions.length > 0 && (
        <Rows>
          {sessions.map((session) => {
            const device = deviceOf(session.userAgent)
            return (
              <Row key={session.name} title={device} note={aboutSession(session)}>
                <RowAction
                  danger
                  label={`End the session of ${device}`}
                  onClick={() => {
                    measure.mutate({ kind: 'endSession', session: session.name })
                  }}
                >
                  {measure.isPending && ends(measure.variables, session.name) ? 'Ending…' : 'End'}
                </RowAction>
              </Row>
            )
          })}
        </Rows>
      )}
      <More pages={pages} count={sessions.length} nothing="They are signed in nowhere." />
      {sessions.length > 0 && (
        <Button
          look="outline"
          className="mt-3"
          busy={measure.isPending}
          onClick={() => {
            measure.mutate({ kind: 'endSessions' })
          }}
        >
          Sign them out everywhere
        </Button>
      )}
      {measure.error && (
        <div className="mt-3">
          <ProblemNote problem={problemOf(measure.error)} />
        </div>
      )}
    </div>
  )
}

function ends(measure: Measure, session: string): boolean {
  return measure.kind === 'endSession' && measure.session === session
}
