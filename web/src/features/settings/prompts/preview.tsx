import { useState } from 'react'
import type { PromptVersion } from '@/gen/parley/llm/v1/prompt_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useRender } from './api'

interface PreviewProps {
  readonly prompt: string
  readonly version: PromptVersion
}

/** Shows what a version says with values in it. */
export function Preview({ prompt, version }: PreviewProps) {
  const render = useRender(prompt)
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  return (
    <form
      className="mt-3 space-y-3 rounded-xl bg-sunken p-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (render.isPending) return
        const given = version.variables.map((variable) => [variable, values[variable] ?? ''])
        const variables = Object.fromEntries(given) as Record<string, string>
        render.mutate({ version: Number(idOf(version.name)), variables })
      }}
    >
      {version.variables.map((variable) => (
        <Field
          key={variable}
          label={variable}
          value={values[variable] ?? ''}
          maxLength={8_000}
          onChange={(event) => {
            setValues({ ...values, [variable]: event.target.value })
          }}
        />
      ))}
      <Button type="submit" look="outline" busy={render.isPending}>
        Show it filled in
      </Button>
      {render.error && <ProblemNote problem={problemOf(render.error)} />}
      <p role="status" className="text-sm whitespace-pre-wrap empty:hidden">
        {render.data?.text}
      </p>
    </form>
  )
}
