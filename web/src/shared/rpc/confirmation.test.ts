import { expect, it, vi } from 'vitest'
import { Confirmation } from './confirmation'

const REFUSAL = new Error('show who you are')

function asked() {
  const confirmation = new Confirmation()
  const heard = vi.fn()
  confirmation.subscribe(heard)
  return { confirmation, heard }
}

it('asks once for all who wait, and lets them go on when it is confirmed', async () => {
  const { confirmation } = asked()
  const calls = [confirmation.ask(REFUSAL), confirmation.ask(REFUSAL)]
  expect(confirmation.wanted()).toBe(true)

  confirmation.confirm()

  await expect(Promise.all(calls)).resolves.toHaveLength(2)
  expect(confirmation.wanted()).toBe(false)
})

it('fails with the refusal when the person declines', async () => {
  const { confirmation } = asked()
  const call = confirmation.ask(REFUSAL)

  confirmation.decline()

  await expect(call).rejects.toBe(REFUSAL)
  expect(confirmation.wanted()).toBe(false)
})

it('tells when somebody has to be asked, and when no more', () => {
  const { confirmation, heard } = asked()
  confirmation.ask(REFUSAL).catch(() => undefined)
  expect(heard).toHaveBeenCalledTimes(1)

  confirmation.decline()

  expect(heard).toHaveBeenCalledTimes(2)
})

it('fails at once where nobody can be asked', async () => {
  await expect(new Confirmation().ask(REFUSAL)).rejects.toBe(REFUSAL)
})
