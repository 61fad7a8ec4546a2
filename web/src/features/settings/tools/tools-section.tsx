import type { Tool } from '@/gen/parley/llm/v1/tool_service_pb'
import { aboutTool } from '@/shared/llm/about-tool'
import { useEnableTool, useTools } from '@/shared/llm/tools'
import { problemOf } from '@/shared/rpc/problem'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'

/** The tools that models may be offered. */
export function ToolsSection({ user }: { readonly user: string }) {
  const tools = useTools(user)
  const enable = useEnableTool()
  if (tools.isPending) {
    return (
      <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
        Loading…
      </p>
    )
  }
  return (
    <>
      {tools.error && (
        <ProblemNote problem={problemOf(tools.error)}>
          <NoteAction onClick={() => void tools.refetch()}>Try again</NoteAction>
        </ProblemNote>
      )}
      {enable.error && <ProblemNote problem={problemOf(enable.error)} />}
      {tools.data?.length === 0 && (
        <p className="py-2 text-[0.9375rem] text-ink-2">There are no tools here.</p>
      )}
      {tools.data && tools.data.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {tools.data.map((tool) => (
            <Row
              key={tool.name}
              tool={tool}
              onEnable={(enabled) => {
                enable.mutate({ name: tool.name, enabled })
              }}
            />
          ))}
        </ul>
      )}
    </>
  )
}

interface RowProps {
  readonly tool: Tool
  readonly onEnable: (enabled: boolean) => void
}

function Row({ tool, onEnable }: RowProps) {
  const { displayName, server, needsApproval, enabled } = tool
  return (
    <li className="flex items-start gap-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="text-[0.9375rem] font-medium">{displayName}</p>
        <p className="line-clamp-3 text-sm text-ink-2">{aboutTool(tool)}</p>
        <p className="text-[0.8125rem] text-ink-3">
          {server ? `Of the server ${server}` : 'Built in'}
          {needsApproval && ' · asks you before each call'}
        </p>
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={enabled}
        aria-label={displayName}
        onClick={() => {
          onEnable(!enabled)
        }}
        className="group mt-1 inline-flex h-6 w-11 shrink-0 items-center rounded-full border border-line-strong bg-sunken p-0.5 transition-colors aria-checked:border-accent aria-checked:bg-accent"
      >
        <span className="size-4.5 rounded-full bg-line-strong transition-transform group-aria-checked:translate-x-5 group-aria-checked:bg-accent-ink" />
      </button>
    </li>
  )
}
