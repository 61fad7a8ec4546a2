import { useState } from 'react'
import type { Prompt, PromptVersion } from '@/gen/parley/llm/v1/prompt_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { RowAction } from '@/shared/ui/row-action'
import { TextArea } from '@/shared/ui/text-area'
import { useCreateVersion, useVersions, useWeigh } from './api'
import { Preview } from './preview'
import { chances, MAX_WEIGHT, weightIn } from './weights'

interface VersionsDialogProps {
  readonly prompt: Prompt
  readonly onClose: () => void
}

/** What a prompt said and says, how often each version is chosen, and the next version. */
export function VersionsDialog({ prompt, onClose }: VersionsDialogProps) {
  const pages = useVersions(prompt.name)
  const [adding, setAdding] = useState(false)
  const versions = pages.data?.pages.flatMap((page) => page.promptVersions) ?? []
  const chosen = chances(versions)
  return (
    <Dialog title={prompt.displayName} wide onClose={onClose}>
      <p className="mt-1 text-sm text-ink-2">
        With weights, versions are tried against each other. Without any, the newest is used.
      </p>
      {adding ? (
        <NewVersion
          prompt={prompt}
          onClose={() => {
            setAdding(false)
          }}
        />
      ) : (
        <Button
          look="outline"
          className="mt-4"
          onClick={() => {
            setAdding(true)
          }}
        >
          New version
        </Button>
      )}
      <ul className="mt-4 divide-y divide-line border-y border-line">
        {versions.map((version) => (
          <Version
            key={version.name}
            prompt={prompt.name}
            version={version}
            // Of versions that are not listed yet, the weights are not known.
            chance={pages.hasNextPage ? undefined : chosen.get(version.name)}
          />
        ))}
      </ul>
      <More pages={pages} count={versions.length} nothing="There are no versions." />
      <div className="mt-6 flex justify-end">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

interface VersionProps {
  readonly prompt: string
  readonly version: PromptVersion
  readonly chance: number | undefined
}

function Version({ prompt, version, chance }: VersionProps) {
  const weigh = useWeigh()
  const [weight, setWeight] = useState(String(version.weight))
  const [previewing, setPreviewing] = useState(false)
  const number = idOf(version.name)
  const wanted = weightIn(weight)
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="mr-auto text-[0.9375rem] font-medium sm:mr-0">Version {number}</h3>
        <span className="order-last w-full text-[0.8125rem] text-ink-3 sm:order-none sm:w-auto sm:flex-1">
          {chance !== undefined && `chosen in ${String(chance)} % of replies`}
        </span>
        <label className="flex items-center gap-2 text-sm text-ink-2">
          Weight
          <input
            inputMode="numeric"
            value={weight}
            aria-label={`Weight of version ${number}`}
            aria-invalid={wanted === undefined || undefined}
            aria-describedby={wanted === undefined ? `weight-${number}` : undefined}
            onChange={(event) => {
              setWeight(event.target.value)
            }}
            className="h-9 w-16 rounded-lg border border-line-strong/70 bg-raised px-2 text-base tabular-nums aria-invalid:border-danger"
          />
        </label>
        {wanted !== undefined && wanted !== version.weight && (
          <RowAction
            label={`Save the weight of version ${number}`}
            onClick={() => {
              weigh.mutate({ name: version.name, weight: wanted })
            }}
          >
            Save
          </RowAction>
        )}
        <RowAction
          label={`${previewing ? 'Close the preview of' : 'Preview'} version ${number}`}
          onClick={() => {
            setPreviewing(!previewing)
          }}
        >
          {previewing ? 'Close' : 'Preview'}
        </RowAction>
      </div>
      {wanted === undefined && (
        <p id={`weight-${number}`} className="mt-1 text-[0.8125rem] text-danger">
          A weight is a whole number, at most {MAX_WEIGHT.toLocaleString()}.
        </p>
      )}
      <p className="mt-1 max-h-40 overflow-y-auto text-sm whitespace-pre-wrap text-ink-2">
        {version.text}
      </p>
      {weigh.error && <ProblemNote problem={problemOf(weigh.error)} />}
      {previewing && <Preview prompt={prompt} version={version} />}
    </li>
  )
}

/** Says something else under the same name. */
function NewVersion({ prompt, onClose }: VersionsDialogProps) {
  const create = useCreateVersion(prompt.name)
  const idFor = useRequestIds()
  const [text, setText] = useState(prompt.latestVersion?.text ?? '')
  return (
    <form
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (create.isPending) return
        create.mutate({ text, requestId: idFor(text) }, { onSuccess: onClose })
      }}
    >
      <TextArea
        label="Text of the new version"
        value={text}
        maxLength={32_000}
        required
        autoFocus
        onChange={(event) => {
          setText(event.target.value)
        }}
      />
      {create.error && <ProblemNote problem={problemOf(create.error)} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={create.isPending}>
          Add it
        </Button>
      </div>
    </form>
  )
}
