import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { Document_Flag, Document_State, DocumentSchema } from '@/gen/parley/llm/v1/document_pb'
import { aboutDocument, missingIn } from './about-document'

const document = (init: MessageInitShape<typeof DocumentSchema>) =>
  create(DocumentSchema, { sizeBytes: 1_200_000n, state: Document_State.READY, ...init })

describe('a document', () => {
  it('says how much there is of it', () => {
    expect(aboutDocument(document({ pageCount: 1, passageCount: 30 }))).toBe(
      '1.2 MB · 1 page · 30 passages',
    )
    expect(aboutDocument(document({}))).toBe('1.2 MB')
  })

  it('says how far it is', () => {
    const state = Document_State.UPLOADING
    expect(aboutDocument(document({ state, uploadedBytes: 300_000n }))).toBe(
      'Not whole yet: 300 kB of 1.2 MB',
    )
    expect(aboutDocument(document({ state: Document_State.PROCESSING, progressPercent: 40 }))).toBe(
      'Being read, 40 % · 1.2 MB',
    )
  })

  it('says why it failed', () => {
    const failed = { state: Document_State.FAILED, failureReason: ErrorReason.DOCUMENT_CORRUPT }
    expect(aboutDocument(document(failed))).toBe('This file is broken. · 1.2 MB')
  })

  it('says what is missing, and is silent about what this page does not know', () => {
    const flags = [Document_Flag.ACTIVE_CONTENT, Document_Flag.UNSPECIFIED]
    expect(missingIn(document({ flags }))).toEqual([
      'Macros or other active content in it were left out.',
    ])
  })
})
