import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { Icon } from '@/shared/ui/icon'

const MEANING = 'In no list and no search, and gone for good an hour after the last message'

interface TemporarySwitchProps {
  readonly on: boolean
  readonly onSwitch: (on: boolean) => void
}

/** Has the conversation that is about to begin be a temporary one. */
export function TemporarySwitch({ on, onSwitch }: TemporarySwitchProps) {
  return (
    <div className="mt-8 flex flex-col items-center gap-2">
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-describedby="temporary-note"
        onClick={() => {
          onSwitch(!on)
        }}
        className="inline-flex h-9 items-center gap-2 rounded-full border border-line px-4 text-sm text-ink-2 transition-colors hover:border-line-strong hover:text-ink aria-checked:border-accent aria-checked:bg-accent-wash aria-checked:text-accent"
      >
        <Icon name={on ? 'check' : 'hourglass'} />
        Temporary
      </button>
      <p
        id="temporary-note"
        className={`max-w-sm text-center text-sm text-ink-3 text-balance ${on ? '' : 'invisible'}`}
      >
        {MEANING}.
      </p>
    </div>
  )
}

/** Says that the conversation that is open is temporary, and until when it is there. */
export function TemporaryNote({ conversation }: { readonly conversation: Conversation }) {
  const { purgeTime } = conversation
  const until = purgeTime && timestampDate(purgeTime)
  return (
    <div className="mx-auto w-full max-w-[46rem] px-3 pb-2 md:px-6">
      <p className="flex gap-2.5 rounded-lg bg-accent-wash px-4 py-2.5 text-sm text-ink-2">
        <Icon name="hourglass" className="mt-px size-[1.125rem] text-accent" />
        <span>
          <b className="font-medium text-ink">Temporary.</b> {MEANING}
          {until && `: at ${atHour(until)}`}.
        </span>
      </p>
    </div>
  )
}

function atHour(time: Date): string {
  return time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}
