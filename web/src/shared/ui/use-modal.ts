import { useLayoutEffect, useRef } from 'react'

/** Opens a dialog over the page while it is there, and gives the focus back when it goes. */
export function useModal() {
  const ref = useRef<HTMLDialogElement>(null)
  // In the layout phase: a dialog that has left the page can give nothing back.
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
    }
  }, [])
  return ref
}
