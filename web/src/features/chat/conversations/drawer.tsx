'use client'

import { useEffect } from 'react'
import type { ReactNode } from 'react'
import { IconButton } from '@/shared/ui/button'
import { Icon } from '@/shared/ui/icon'
import { useModal } from '@/shared/ui/use-modal'

interface DrawerProps {
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The sidebar where there is no room beside the conversation. Escape or a press beside closes it. */
export function Drawer({ onClose, children }: DrawerProps) {
  const [ref, closing] = useModal(onClose)
  useEffect(() => {
    const wide = matchMedia('(min-width: 48rem)')
    wide.addEventListener('change', onClose)
    return () => {
      wide.removeEventListener('change', onClose)
    }
  }, [onClose])
  return (
    <dialog
      ref={ref}
      aria-label="Conversations"
      {...closing}
      className="drawer h-page max-h-none w-[min(20rem,85vw)] max-w-none bg-sunken text-ink shadow-raised"
    >
      {children}
      <IconButton label="Close" onClick={onClose} className="absolute top-3 right-3">
        <Icon name="close" />
      </IconButton>
    </dialog>
  )
}
