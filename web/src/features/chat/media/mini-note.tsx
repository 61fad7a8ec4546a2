import { Icon } from '@/shared/ui/icon'

interface MiniNoteProps {
  readonly text: string
  /** Where it stands above the button. */
  readonly at?: 'start' | 'middle'
  readonly onClose: () => void
}

/** Says above a small button, also to a screen reader, what kept it from its work. */
export function MiniNote({ text, at = 'middle', onClose }: MiniNoteProps) {
  return (
    <span
      role="alert"
      className={`absolute bottom-full z-20 mb-2 flex w-56 items-start gap-1 rounded-lg border border-line bg-raised py-1.5 pr-1 pl-3 text-sm text-danger shadow-raised ${at === 'start' ? 'left-0' : 'left-1/2 -translate-x-1/2'}`}
    >
      <span className="flex-1">{text}</span>
      <button
        type="button"
        aria-label="Close the note"
        onClick={onClose}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded hover:bg-line/60"
      >
        <Icon name="close" className="size-3.5" />
      </button>
    </span>
  )
}
