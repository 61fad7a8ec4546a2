import type { Assistant } from '@/gen/parley/llm/v1/assistant_service_pb'
import type { NewAssistant } from '@/shared/llm/assistants'
import { aboutKnowledge, isNowhere, knowledgeOf, NOWHERE } from '@/shared/llm/knowledge/choice'
import type { KnowledgeChoice } from '@/shared/llm/knowledge/choice'
import { counted } from '@/shared/lib/counted'

/** An assistant, as it is written down in a form. */
export interface AssistantForm {
  readonly displayName: string
  readonly description: string
  readonly instructions: string
  /** Format: users/{user}/prompts/{prompt}; empty for none. */
  readonly prompt: string
  /** Empty for the deployment's. */
  readonly model: string
  readonly knowledge: KnowledgeChoice
  readonly tools: readonly string[]
  /** Empty for the model's. */
  readonly temperature: string
}

const EMPTY: AssistantForm = {
  displayName: '',
  description: '',
  instructions: '',
  prompt: '',
  model: '',
  knowledge: NOWHERE,
  tools: [],
  temperature: '',
}

/** Writes an assistant down. */
export function formOf(assistant: Assistant | undefined): AssistantForm {
  if (!assistant) return EMPTY
  const { displayName, description, instructions, prompt, model, tools } = assistant
  return {
    ...{ displayName, description, instructions, prompt, model, tools },
    knowledge: knowledgeOf(assistant.knowledge),
    temperature: assistant.temperature === undefined ? '' : String(assistant.temperature),
  }
}

/** Says what is wrong with a temperature, if anything is. */
export function faultInTemperature(written: string): string | undefined {
  if (written.trim() === '') return undefined
  const temperature = Number(written.replace(',', '.'))
  return temperature >= 0 && temperature <= 2 ? undefined : 'A number from 0 to 2.'
}

/** Returns the assistant that a form describes. */
export function assistantIn(form: AssistantForm, name = ''): NewAssistant {
  const { displayName, description, instructions, prompt, model, knowledge, tools } = form
  const written = form.temperature.trim().replace(',', '.')
  const { all, collections, documents } = knowledge
  return {
    ...(name && { name }),
    ...{ displayName: displayName.trim(), description, instructions, prompt, model },
    tools: [...tools],
    ...(!isNowhere(knowledge) && {
      knowledge: { all, collections: [...collections], documents: [...documents] },
    }),
    ...(written && { temperature: Number(written) }),
  }
}

/** Says what an assistant has. */
export function aboutAssistant(
  assistant: Pick<Assistant, 'model' | 'knowledge' | 'tools'>,
): string {
  const knowledge = knowledgeOf(assistant.knowledge)
  return [
    assistant.model || 'The usual model',
    !isNowhere(knowledge) && aboutKnowledge(knowledge),
    assistant.tools.length > 0 && counted(assistant.tools.length, 'tool'),
  ]
    .filter(Boolean)
    .join(' · ')
}
