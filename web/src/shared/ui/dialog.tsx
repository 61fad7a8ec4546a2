import { useId } from 'react'
import type { ReactNode } from 'react'
import { useModal } from './use-modal'

interface DialogProps {
  readonly title: string
  /** Whether it holds more than a few lines. */
  readonly wide?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

/**
 * Asks for something before anything else can be done. Escape or a press beside it closes it;
 * the browser keeps the focus inside, and gives it back.
 */
export function Dialog({ title, wide = false, onClose, children }: DialogProps) {
  const id = useId()
  const [ref, closing] = useModal(onClose)
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      {...closing}
      className={`m-auto ${wide ? 'w-[min(40rem,calc(100vw-2rem))]' : 'w-[min(27rem,calc(100vw-2rem))]'} animate-arrive rounded-2xl bg-raised text-ink shadow-raised`}
    >
      <div className="p-6">
        <h2 id={id} className="font-serif text-2xl font-medium tracking-tight">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
