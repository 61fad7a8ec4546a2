'use client'

import { Message_State, Role } from '@/gen/parley/chat/v1/message_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Icon } from '@/shared/ui/icon'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useConversation } from '../conversations/api'
import { useMessages } from './api'
import { useChat, useDraft, useSetup } from '../chat-context'
import { Composer } from '../composer/composer'
import { TemporaryNote } from '../composer/temporary'
import { ConversationMenu } from '../conversations/conversation-menu'
import { Places } from '../conversations/places'
import { DeletedNote } from '../conversations/deleted-note'
import { ExchangeView } from './exchange-view'
import { Header } from '../header'
import { ChatLink } from '../conversations/links'
import type { Reply } from '../replies/reply'
import { ReplyAnnouncer } from '../replies/reply-status'
import { saidIn, thread, voices } from './thread'
import type { Exchange } from './thread'
import { optionsOf } from '../setup/setup'
import { useUsualSetup } from '../setup/use-usual-setup'
import { useExchangeActions } from './use-exchange-actions'
import { useFollowing } from '../replies/use-following'
import { usePageTitle } from '@/shared/ui/use-page-title'
import { useReplies, useReplyStreams } from '../replies/use-reply'
import { useStickToBottom } from './use-stick-to-bottom'

const GONE = new Set([
  ErrorReason.CONVERSATION_NOT_FOUND,
  ErrorReason.FORBIDDEN,
  ErrorReason.INVALID_NAME,
])

const STOPPABLE = new Set<Reply['phase']>(['streaming', 'cut'])

/** One conversation: what was said, and where to go on. */
export function ConversationView({ conversation }: { readonly conversation: string }) {
  const { choice, uploads } = useChat()
  const streams = useReplyStreams()
  const messages = useMessages(conversation)
  const lives = useReplies(conversation)
  const about = useConversation(conversation)
  const [draft, setDraft] = useDraft(conversation)
  const { box, content, away, toEnd } = useStickToBottom()
  const exchanges = thread(messages.data ?? [], lives, about.data?.currentMessage)
  const last = exchanges.at(-1)
  const written = writtenIn(exchanges)
  const unsent = lives.find(({ phase }) => phase === 'unsent')
  const said = saidIn(exchanges)
  const usual = useUsualSetup()
  const lastReply = said.findLast(({ role }) => role === Role.ASSISTANT)
  const [setup, setSetup] = useSetup(conversation, lastReply, usual)
  const actions = useExchangeActions(conversation, setup)
  const title = about.data?.title ?? ''
  usePageTitle(title)
  useFollowing(conversation, exchanges)

  const takeBack = (exchange: Exchange) => {
    const ask = exchange.live?.question.ask
    const words = ask?.kind === 'send' || ask?.kind === 'edit' ? ask.text : ''
    const waits = exchange.answer?.state === Message_State.QUEUED
    const text = waits ? exchange.question : words
    const attached = exchange.message?.attachments ?? (ask?.kind === 'send' ? ask.attachments : [])
    setDraft([text, draft].filter(Boolean).join('\n\n'))
    uploads.restore(conversation, attached)
    if (waits) actions.cancel(exchange)
    else if (exchange.live) streams.drop(exchange.live)
  }

  if (messages.isError && !messages.data) {
    return <Missing error={messages.error} onRetry={() => void messages.refetch()} />
  }
  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <Header title={title}>
        {about.data && !about.data.deleteTime && <ConversationMenu conversation={about.data} />}
      </Header>
      {about.data?.temporary && <TemporaryNote conversation={about.data} />}
      {about.data && <Places conversation={about.data} />}
      <div className="fades relative min-h-0 flex-1">
        <div ref={box} className="h-full overflow-y-auto [scrollbar-gutter:stable_both-edges]">
          <div ref={content} className="px-5 pt-4 pb-10 md:px-6">
            {messages.isPending && exchanges.length === 0 && <Skeleton />}
            {messages.isSuccess && exchanges.length === 0 && (
              <p className="pt-[20vh] text-center text-ink-3">Nothing has been said here yet.</p>
            )}
            {exchanges.map((exchange) => (
              <ExchangeView
                key={exchange.key}
                exchange={exchange}
                last={exchange === last}
                actions={actions}
                onResend={() => {
                  if (exchange.live) streams.ask(exchange.live.question)
                }}
                onTakeBack={() => {
                  takeBack(exchange)
                }}
              />
            ))}
          </div>
        </div>
        {away && (
          <button
            type="button"
            onClick={toEnd}
            aria-label="Go to the end"
            className="absolute bottom-2 left-1/2 z-10 flex size-9 -translate-x-1/2 animate-arrive items-center justify-center rounded-full border border-line bg-raised text-ink-2 shadow-raised hover:text-ink"
          >
            <Icon name="arrow-down" />
          </button>
        )}
      </div>
      <ReplyAnnouncer exchange={last} />
      {about.data?.deleteTime ? (
        <DeletedNote conversation={conversation} />
      ) : (
        <Composer
          draft={draft}
          onDraft={setDraft}
          onSend={(text, attachments) => {
            setDraft('')
            uploads.clear(conversation)
            const about = { models: choice, attachments, options: optionsOf(setup) }
            actions.ask({ kind: 'send', text, parentMessage: '', ...about })
            toEnd()
          }}
          place={conversation}
          setup={setup}
          onSetup={setSetup}
          said={said}
          waiting={whatFor(unsent, messages.isPending)}
          onStop={
            written.length > 0
              ? () => {
                  for (const live of written) void streams.stop(live)
                }
              : undefined
          }
        />
      )}
    </main>
  )
}

/** The replies that are being written and can be stopped: one, or several side by side. */
function writtenIn(exchanges: readonly Exchange[]): readonly Reply[] {
  for (const exchange of exchanges) {
    const written = voices(exchange).flatMap(({ live }) =>
      live && STOPPABLE.has(live.phase) ? live : [],
    )
    if (written.length > 0) return written
  }
  return []
}

/** Says what has to happen before the next message can be sent. */
function whatFor(unsent: Reply | undefined, loading: boolean) {
  if (loading) return 'Loading…'
  return unsent && 'The message above is not sent yet'
}

function Missing({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const problem = problemOf(error)
  const gone = GONE.has(problem.reason)
  usePageTitle(gone ? 'Not found' : undefined)
  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <Header />
      <div className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center gap-5 px-6 pb-24">
        <h1 className="font-serif text-4xl font-medium tracking-tight">
          {gone ? 'Nothing here' : 'No answer'}
        </h1>
        {gone ? (
          <p className="text-lg text-ink-2">
            {problem.text}{' '}
            <ChatLink to={undefined} className="text-accent underline underline-offset-4">
              Begin a new one
            </ChatLink>
          </p>
        ) : (
          <ProblemNote problem={problem}>
            <NoteAction onClick={onRetry}>Try again</NoteAction>
          </ProblemNote>
        )}
      </div>
    </main>
  )
}

function Skeleton() {
  return (
    <div
      role="status"
      aria-label="Loading the conversation"
      className="mx-auto max-w-[43rem] animate-[arrive_300ms_300ms_both] space-y-4 pt-4"
    >
      <div className="h-6 w-2/3 rounded bg-line" />
      <div className="h-4 w-full rounded bg-line/70" />
      <div className="h-4 w-11/12 rounded bg-line/70" />
      <div className="h-4 w-3/5 rounded bg-line/70" />
    </div>
  )
}
