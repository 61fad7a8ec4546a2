import { useLayoutEffect, useRef, useState } from 'react'
import type { MouseEvent, PointerEvent, SyntheticEvent } from 'react'
import { Beside } from './beside'

/**
 * Opens a dialog over the page while it is there, and gives the focus back when it goes. Escape or
 * a press beside it closes it.
 */
export function useModal(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null)
  const [beside] = useState(() => new Beside())
  // In the layout phase: a dialog that has left the page can give nothing back.
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
    }
  }, [])
  const closing = {
    onCancel: (event: SyntheticEvent) => {
      event.preventDefault()
      onClose()
    },
    onPointerDown: (event: PointerEvent) => {
      beside.began(event)
    },
    onClick: (event: MouseEvent) => {
      if (beside.ended(event)) onClose()
    },
  }
  return [ref, closing] as const
}
