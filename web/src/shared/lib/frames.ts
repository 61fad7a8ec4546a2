/**
 * Calls back once before the next frame is painted, and after a while where none is, as in a
 * tab that nobody sees. Returns what cancels it.
 */
export function onNextFrame(callback: () => void): () => void {
  const cancel = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timeout)
  }
  const run = () => {
    cancel()
    callback()
  }
  const frame = requestAnimationFrame(run)
  const timeout = setTimeout(run, 250)
  return cancel
}
