'use client'

import { toolId, useTools } from '@/shared/llm/tools'
import { problemOf } from '@/shared/rpc/problem'
import { Check } from '@/shared/ui/check'
import { ProblemNote } from '@/shared/ui/problem-note'
import { toggledIn } from './choice'

export const MAX_TOOLS = 50

interface ToolFieldsProps {
  readonly user: string
  readonly legend: string
  /** Format of each: tools/{tool} */
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}

/** The tools that may be called, of those that the user has enabled. */
export function ToolFields({ user, legend, value, onChange }: ToolFieldsProps) {
  const tools = useTools(user)
  const enabled = tools.data?.filter((tool) => tool.enabled) ?? []
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      {tools.isPending && (
        <p role="status" className="text-[0.9375rem] text-ink-3">
          Loading…
        </p>
      )}
      {tools.error && <ProblemNote problem={problemOf(tools.error)} />}
      {tools.isSuccess && enabled.length === 0 && (
        <p className="text-[0.9375rem] text-ink-2">No tool is enabled; the settings list them.</p>
      )}
      <div className="max-h-[40dvh] overflow-y-auto">
        {enabled.map(({ name, displayName, server, needsApproval }) => (
          <Check
            key={name}
            checked={value.includes(toolId(name))}
            onChange={() => {
              onChange(toggledIn(value, toolId(name), MAX_TOOLS))
            }}
          >
            {displayName}
            <span className="text-sm text-ink-3">
              {server && ` · ${server}`}
              {needsApproval && ' · asks you before each call'}
            </span>
          </Check>
        ))}
      </div>
    </fieldset>
  )
}
