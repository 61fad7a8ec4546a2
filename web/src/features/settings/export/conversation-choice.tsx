import { useInfiniteQuery } from '@tanstack/react-query'
import { ConversationService } from '@/gen/parley/chat/v1/conversation_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { More } from '@/shared/ui/more'
import { dayOf } from '@/shared/lib/times'

const MOST = 100
const PAGE = 50

interface ConversationChoiceProps {
  readonly user: string
  readonly chosen: ReadonlySet<string>
  readonly onChange: (chosen: ReadonlySet<string>) => void
}

/** A list of conversations to choose from, the latest used first. */
export function ConversationChoice({ user, chosen, onChange }: ConversationChoiceProps) {
  const pages = useConversations(user)
  const conversations = pages.data?.pages.flatMap((page) => page.conversations) ?? []
  const full = chosen.size >= MOST
  const toggle = (name: string) => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    onChange(next)
  }
  return (
    <div>
      <p aria-live="polite" className="mb-2 text-sm text-ink-2">
        {chosen.size} chosen{full && `; ${String(MOST)} is the most at a time`}
      </p>
      <div
        role="group"
        aria-label="Conversations to export"
        className="max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-2"
      >
        {conversations.map(({ name, title, updateTime }) => (
          <label
            key={name}
            className="flex items-center gap-3 rounded-lg px-2 py-1.5 hover:bg-sunken"
          >
            <input
              type="checkbox"
              checked={chosen.has(name)}
              disabled={full && !chosen.has(name)}
              onChange={() => {
                toggle(name)
              }}
              className="size-4 shrink-0 accent-(--accent)"
            />
            <span className="min-w-0 flex-1 truncate text-[0.9375rem]">{title || 'Untitled'}</span>
            <span className="text-[0.8125rem] text-ink-3">{updateTime && dayOf(updateTime)}</span>
          </label>
        ))}
        <More pages={pages} count={conversations.length} nothing="There is no conversation yet." />
      </div>
    </div>
  )
}

function useConversations(user: string) {
  const client = useClient(ConversationService)
  return useInfiniteQuery({
    queryKey: ['conversations'],
    queryFn: ({ pageParam, signal }) =>
      client.listConversations({ parent: user, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}
