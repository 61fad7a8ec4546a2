'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { DocumentService } from '@/gen/parley/llm/v1/document_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { reloadDocuments } from '../documents'
import type { Upload } from './upload'
import { Uploads } from './uploads'

const NONE: readonly Upload[] = []

/** The uploads of this page. They end with it; what was sent by then is kept for a day. */
export function useNewUploads(user: string): Uploads {
  const client = useClient(DocumentService)
  const queryClient = useQueryClient()
  const [uploads] = useState(
    () => new Uploads({ client, user, onSettled: () => void reloadDocuments(queryClient) }),
  )
  useEffect(
    () => () => {
      uploads.close()
    },
    [uploads],
  )
  return uploads
}

/** The files that are shown at a place. */
export function useUploadsAt(uploads: Uploads, place: string): readonly Upload[] {
  return useSyncExternalStore(
    uploads.subscribe,
    () => uploads.of(place),
    () => NONE,
  )
}

/** Whether a file is still on its way, at whatever place. */
export function useUnderWay(uploads: Uploads): boolean {
  return useSyncExternalStore(
    uploads.subscribe,
    () => uploads.underWay(),
    () => false,
  )
}
