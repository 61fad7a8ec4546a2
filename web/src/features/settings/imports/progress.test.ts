import { describe, expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { RunImportResponseSchema } from '@/gen/parley/chat/v1/transfer_service_pb'
import { explain } from '@/shared/rpc/problem'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { reduceImport } from './progress'
import type { ImportAction, ImportState } from './progress'

const problem = { reason: ErrorReason.UNAVAILABLE, ...explain(ErrorReason.UNAVAILABLE) }
const BEGUN = { type: 'begun', file: 'a.zip', size: 100 } as const

function read(response: MessageInitShape<typeof RunImportResponseSchema>): ImportAction {
  return { type: 'read', response: create(RunImportResponseSchema, response) }
}

function after(...actions: ImportAction[]): ImportState {
  return actions.reduce<ImportState>(reduceImport, { phase: 'idle' })
}

describe('an import', () => {
  it('is uploaded, then read, then has ended', () => {
    expect(after(BEGUN)).toMatchObject({ phase: 'uploading', done: 0, size: 100 })
    const uploaded = [BEGUN, { type: 'uploaded', bytes: 100 } as const]
    expect(after(...uploaded)).toMatchObject({ phase: 'uploading', done: 100 })
    const reading = [...uploaded, { type: 'reads' } as const, read({ readBytes: 40n })]
    expect(after(...reading)).toMatchObject({ phase: 'reading', done: 40, size: 100 })
    const ended = read({ importedConversations: 2, importedMessages: 9, done: { complete: true } })
    expect(after(...reading, ended)).toEqual({
      phase: 'ended',
      file: 'a.zip',
      report: { conversations: 2, messages: 9, skipped: [], skippedCount: 0 },
      problem: '',
    })
  })

  it('collects what was skipped, which is told once', () => {
    const state = after(
      BEGUN,
      read({ skipped: [{ index: 1, title: 'One', problem: 'No.' }], skippedCount: 1 }),
      read({ skippedCount: 1 }),
      read({ skipped: [{ index: 4, title: 'Two', problem: 'No.' }], skippedCount: 2, done: {} }),
    )
    if (state.phase !== 'ended') throw new Error(state.phase)
    expect(state.report.skipped.map(({ title }) => title)).toEqual(['One', 'Two'])
    expect(state.report.skippedCount).toBe(2)
    expect(state.problem).toBe('The file was not read to its end.')
  })

  it('waits until something comes again', () => {
    const waiting = [BEGUN, { type: 'waits', problem } as const]
    expect(after(...waiting)).toMatchObject({ phase: 'uploading', waiting: problem })
    expect(after(...waiting, { type: 'uploaded', bytes: 1 })).not.toHaveProperty('waiting')
    expect(after(...waiting, read({}))).not.toHaveProperty('waiting')
  })

  it('says what was stored when it is cancelled or fails, and then moves no more', () => {
    const report = { conversations: 3 }
    const reading = [BEGUN, read({ importedConversations: 3 })]
    const cancelled = [...reading, { type: 'cancelled' } as const]
    expect(after(...cancelled)).toMatchObject({ phase: 'cancelled', report })
    expect(after(...cancelled, read({ done: {} })).phase).toBe('cancelled')
    const failed = after(...reading, { type: 'failed', problem })
    expect(failed).toMatchObject({ phase: 'failed', report, problem })
    expect(reduceImport(failed, BEGUN)).toMatchObject({ phase: 'uploading', done: 0 })
  })
})
