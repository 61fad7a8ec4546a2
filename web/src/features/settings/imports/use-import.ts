import { useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { TransferService } from '@/gen/parley/chat/v1/transfer_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { faultIn, problemWith } from './advice'
import { Importing } from './importing'
import { reduceImport } from './progress'
import { UnfinishedImports } from './unfinished'
import type { Unfinished } from './unfinished'

/** Imports files, one at a time, for as long as the page is there. */
export function useImport(user: string) {
  const client = useClient(TransferService)
  const unfinished = useMemo(() => new UnfinishedImports(user, localStorage), [user])
  const [state, dispatch] = useReducer(reduceImport, { phase: 'idle' })
  const [left, setLeft] = useState(() => unfinished.list(Date.now()))
  const running = useRef<AbortController>(undefined)
  useEffect(
    () => () => {
      running.current?.abort()
    },
    [],
  )

  const run = async (bringIn: (importing: Importing) => Promise<void>) => {
    running.current?.abort()
    const { signal } = (running.current = new AbortController())
    const heard: typeof dispatch = (action) => {
      if (!signal.aborted) dispatch(action)
    }
    try {
      await bringIn(new Importing({ client, user, unfinished, signal, dispatch: heard }))
    } catch (error) {
      heard({ type: 'failed', problem: problemWith(error) })
    }
    setLeft(unfinished.list(Date.now()))
  }
  return {
    state,
    left,
    importFile: (file: File) => {
      const fault = faultIn(file)
      if (!fault) void run((importing) => importing.file(file))
      else {
        dispatch({ type: 'begun', file: file.name, size: file.size })
        dispatch({ type: 'failed', problem: fault })
      }
    },
    goOn: (entry: Unfinished) => {
      void run((importing) => importing.uploaded(entry))
    },
    cancel: () => {
      dispatch({ type: 'cancelled' })
      running.current?.abort()
      setLeft(unfinished.list(Date.now()))
    },
  }
}
