'use client'

import { useEffect, useRef, useState } from 'react'
import type { Message } from '@/gen/parley/chat/v1/message_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { useCreateConversation } from '../conversations/api'
import { useChat, useDraft, useSetup } from '../chat-context'
import { readyIn } from './attached'
import { Composer } from './composer'
import { TemporarySwitch } from './temporary'
import { Header } from '../header'
import { optionsOf } from '../setup/setup'
import { useUsualSetup } from '../setup/use-usual-setup'
import { useReplyStreams } from '../replies/use-reply'
import { usePageTitle } from '@/shared/ui/use-page-title'

const NOTHING_SAID: readonly Message[] = []

/** Where a conversation begins: it is created with its first message. */
export function NewConversation() {
  const { user, open, choice, drafts, setups, uploads } = useChat()
  const streams = useReplyStreams()
  const create = useCreateConversation(user)
  const [draft, setDraft] = useDraft('')
  // One beginning creates one conversation, however often it has to be tried.
  const requestId = useRef<string>(undefined)
  const here = useRef(false)
  const [temporary, setTemporary] = useState(false)
  usePageTitle('New conversation')

  const [setup, setSetup] = useSetup('', undefined, useUsualSetup())

  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])

  // Not callbacks of `mutate`: they are not called once something else is on the screen.
  const begin = async (text: string, attachments: readonly string[]) => {
    requestId.current ??= crypto.randomUUID()
    const beginning = { requestId: requestId.current, temporary }
    const { name: conversation } = await create.mutateAsync(beginning)
    // Something else may be typed by then.
    if (drafts.get('')?.trim() === text) setDraft('')
    uploads.clear('')
    // The conversation goes on as it begins; the next one begins as usual.
    setups.set(conversation, setup)
    setups.delete('')
    const about = { models: choice, attachments, options: optionsOf(setup) }
    const ask = { kind: 'send', text, parentMessage: '', ...about } as const
    streams.ask({ conversation, requestId: crypto.randomUUID(), ask })
    if (here.current) open(idOf(conversation))
  }
  const send = (text: string, attachments: readonly string[]) => {
    // What goes wrong is `create.error`, which is shown.
    begin(text, attachments).catch(() => undefined)
  }
  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <Header />
      <div className="flex min-h-0 flex-1 flex-col items-center justify-center overflow-y-auto px-6 pb-8">
        <h1 className="animate-arrive text-center font-serif text-4xl font-medium tracking-tight text-balance md:text-5xl">
          What would you like to talk about?
        </h1>
        <TemporarySwitch
          on={temporary}
          onSwitch={(on) => {
            // Another beginning: the same request may not ask for something else.
            requestId.current = undefined
            setTemporary(on)
          }}
        />
      </div>
      {create.isError && (
        <div className="mx-auto w-full max-w-[46rem] px-3 pb-3 md:px-6">
          <ProblemNote problem={problemOf(create.error)}>
            <NoteAction
              onClick={() => {
                send(draft.trim(), readyIn(uploads.of('')))
              }}
            >
              Try again
            </NoteAction>
          </ProblemNote>
        </div>
      )}
      <Composer
        draft={draft}
        onDraft={setDraft}
        onSend={send}
        place=""
        setup={setup}
        onSetup={setSetup}
        said={NOTHING_SAID}
        waiting={create.isPending ? 'Sending…' : undefined}
      />
    </main>
  )
}
