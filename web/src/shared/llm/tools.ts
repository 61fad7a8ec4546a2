import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { DecideToolCallRequest_Decision as Decision } from '@/gen/parley/llm/v1/tool_service_pb'
import { ToolService } from '@/gen/parley/llm/v1/tool_service_pb'
import type { Tool } from '@/gen/parley/llm/v1/tool_service_pb'
import { idOf } from '@/shared/lib/names'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200
const KEY = ['tools']

/** The tools that the operator allows, as the user has them. */
export function useTools(user: string) {
  const client = useClient(ToolService)
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listTools({ parent: user, pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ tools }) => tools)
    },
  })
}

/** Has models be offered a tool, or not. */
export function useEnableTool() {
  const client = useClient(ToolService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name, enabled }: Pick<Tool, 'name' | 'enabled'>) =>
      client.updateTool({
        tool: { name, enabled },
        updateMask: { paths: ['enabled'] },
        requestId: crypto.randomUUID(),
      }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  })
}

/** Says whether a call that waits for the user may be made. */
export function useDecide(name: string) {
  const client = useClient(ToolService)
  return useMutation({
    mutationFn: (allowed: boolean) =>
      client.decideToolCall({ name, decision: allowed ? Decision.APPROVE : Decision.DENY }),
  })
}

/** Returns the name of a user's tool as requests use it: `tools/{tool}`. */
export function toolId(name: string): string {
  return `tools/${idOf(name)}`
}
