import { useState } from 'react'
import type { Assistant } from '@/gen/parley/llm/v1/assistant_service_pb'
import { useSaveAssistant } from '@/shared/llm/assistants'
import { KnowledgeFields } from '@/shared/llm/knowledge/knowledge-fields'
import { ToolFields } from '@/shared/llm/knowledge/tool-fields'
import { modelId, useModels } from '@/shared/llm/models'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { TextArea } from '@/shared/ui/text-area'
import { usePrompts } from '../prompts/api'
import { assistantIn, faultInTemperature, formOf } from './form'
import type { AssistantForm } from './form'

interface AssistantDialogProps {
  readonly user: string
  /** None for one that is new. */
  readonly assistant: Assistant | undefined
  readonly onClose: () => void
}

/** Makes an assistant, or another one of it. */
export function AssistantDialog({ user, assistant, onClose }: AssistantDialogProps) {
  const save = useSaveAssistant(user)
  const idFor = useRequestIds()
  const [form, setForm] = useState(() => formOf(assistant))
  const { data: models } = useModels()
  const { data: prompts = [] } = usePrompts(user)
  const change = (change: Partial<AssistantForm>) => {
    setForm({ ...form, ...change })
  }
  const fault = faultInTemperature(form.temperature)
  const modelChoices = (models ?? []).map(({ name, displayName }) => ({
    value: modelId(name),
    label: displayName,
  }))
  // What was chosen may be there no longer.
  if (form.model && !modelChoices.some(({ value }) => value === form.model)) {
    const label = models ? `${form.model} (not available)` : form.model
    modelChoices.push({ value: form.model, label })
  }
  const promptChoices = prompts
    .filter(({ latestVersion }) => latestVersion?.variables.length === 0)
    .map(({ name, displayName }) => ({ value: name, label: displayName }))
  if (form.prompt && !promptChoices.some(({ value }) => value === form.prompt)) {
    promptChoices.push({ value: form.prompt, label: 'The one it has' })
  }
  return (
    <Dialog title={assistant ? 'Edit this assistant' : 'New assistant'} wide onClose={onClose}>
      <form
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (save.isPending || fault) return
          const described = assistantIn(form, assistant?.name)
          save.mutate({ assistant: described, requestId: idFor(described) }, { onSuccess: onClose })
        }}
      >
        <Field
          label="Name"
          value={form.displayName}
          maxLength={100}
          required
          autoFocus
          onChange={(event) => {
            change({ displayName: event.target.value })
          }}
        />
        <Field
          label="What it is for"
          value={form.description}
          maxLength={1_000}
          onChange={(event) => {
            change({ description: event.target.value })
          }}
        />
        <TextArea
          label="Instructions"
          hint="What the model is told before each conversation."
          value={form.instructions}
          maxLength={32_000}
          onChange={(event) => {
            change({ instructions: event.target.value })
          }}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="Prompt"
            value={form.prompt}
            options={[{ value: '', label: 'None' }, ...promptChoices]}
            onChoose={(prompt) => {
              change({ prompt })
            }}
          />
          <Select
            label="Model"
            value={form.model}
            options={[{ value: '', label: 'The usual one' }, ...modelChoices]}
            onChoose={(model) => {
              change({ model })
            }}
          />
        </div>
        <KnowledgeFields
          user={user}
          legend="What it knows"
          value={form.knowledge}
          onChange={(knowledge) => {
            change({ knowledge })
          }}
        />
        <ToolFields
          user={user}
          legend="Tools that it may use"
          value={form.tools}
          onChange={(tools) => {
            change({ tools })
          }}
        />
        <Field
          label="Temperature"
          hint="From 0 to 2; the model’s own, if it is empty."
          inputMode="decimal"
          value={form.temperature}
          fault={fault}
          onChange={(event) => {
            change({ temperature: event.target.value })
          }}
        />
        {save.error && <ProblemNote problem={problemOf(save.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
