import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { PromptService } from '@/gen/parley/llm/v1/prompt_service_pb'
import type { Prompt } from '@/gen/parley/llm/v1/prompt_service_pb'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200
const VERSIONS = 20
const KEY = ['prompts']

/** All prompts of the user. */
export function usePrompts(user: string) {
  const client = useClient(PromptService)
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listPrompts({ parent: user, pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ prompts }) => prompts)
    },
  })
}

/** The versions of a prompt, the newest first, page by page. */
export function useVersions(prompt: string) {
  const client = useClient(PromptService)
  return useInfiniteQuery({
    queryKey: [...KEY, prompt],
    queryFn: ({ pageParam: pageToken, signal }) =>
      client.listPromptVersions({ parent: prompt, pageSize: VERSIONS, pageToken }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  })
}

/** What is changed about prompts; each change has the lists asked for anew. */
function useChange<T>(mutationFn: (wanted: T) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

export interface NewPrompt {
  readonly displayName: string
  readonly description: string
  readonly text: string
  readonly requestId: string
}

/** Makes a prompt with its first version. Called again with the same `requestId`, no other. */
export function useCreatePrompt(user: string) {
  const client = useClient(PromptService)
  return useChange(({ text, requestId, ...prompt }: NewPrompt) =>
    client.createPrompt({ parent: user, prompt, text, requestId }),
  )
}

/** Changes what a prompt is called. */
export function useRenamePrompt() {
  const client = useClient(PromptService)
  return useChange((prompt: Pick<Prompt, 'name' | 'displayName'>) =>
    client.updatePrompt({
      prompt,
      updateMask: { paths: ['display_name'] },
      requestId: crypto.randomUUID(),
    }),
  )
}

/** Deletes a prompt with its versions. */
export function useDeletePrompt() {
  const client = useClient(PromptService)
  return useChange((name: string) =>
    client.deletePrompt({ name, allowMissing: true, requestId: crypto.randomUUID() }),
  )
}

interface NewVersion {
  readonly text: string
  readonly requestId: string
}

/** Adds a version to a prompt. Called again with the same `requestId`, no other. */
export function useCreateVersion(parent: string) {
  const client = useClient(PromptService)
  return useChange(({ text, requestId }: NewVersion) =>
    client.createPromptVersion({ parent, promptVersion: { text, weight: 0 }, requestId }),
  )
}

/** Changes how often a version is chosen. */
export function useWeigh() {
  const client = useClient(PromptService)
  return useChange((promptVersion: { readonly name: string; readonly weight: number }) =>
    client.updatePromptVersion({
      promptVersion,
      updateMask: { paths: ['weight'] },
      requestId: crypto.randomUUID(),
    }),
  )
}

/** Fills a prompt in. */
export function useRender(name: string) {
  const client = useClient(PromptService)
  return useMutation({
    mutationFn: (wanted: {
      readonly version: number
      readonly variables: Record<string, string>
    }) => client.renderPrompt({ name, ...wanted }),
  })
}
