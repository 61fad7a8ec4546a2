import { expect, it } from 'vitest'
import { chosen } from '@/shared/llm/uploads/upload'
import type { Upload } from '@/shared/llm/uploads/upload'
import { readyIn, waitingFor } from './attached'

const upload = (phase: Upload['phase'], document = 'd'): Upload => ({
  ...chosen('1', { name: 'a.pdf', size: 1 }),
  phase,
  document,
})

it('sends the files that are ready, in their order', () => {
  expect(readyIn([upload('ready', 'a'), upload('processing', 'b'), upload('ready', 'c')])).toEqual([
    'a',
    'c',
  ])
})

it('says why a message has to wait for its files', () => {
  expect(waitingFor([])).toBeUndefined()
  expect(waitingFor([upload('ready')])).toBeUndefined()
  expect(waitingFor([upload('ready'), upload('uploading')])).toBe('The files are not ready yet')
  expect(waitingFor([upload('uploading'), upload('failed')])).toContain('Remove')
  expect(waitingFor(Array.from({ length: 11 }, () => upload('ready')))).toContain('At most 10')
})
