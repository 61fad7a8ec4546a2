'use client'

import { useId } from 'react'
import type { Model } from '@/gen/parley/llm/v1/generation_service_pb'
import { Icon } from '@/shared/ui/icon'
import { useChat } from '../chat-context'
import { modelId } from '@/shared/llm/models'
import { aboutModel } from './about'
import { MAX_MODELS, toggled } from './choice'

/** Says which models the next message asks, and lets others be chosen, several at once. */
export function ModelPicker({ models }: { readonly models: readonly Model[] }) {
  const id = useId()
  const { choice, choose } = useChat()
  const [first] = models
  if (!first) return null
  const chosen = choice.length > 0 ? choice : [modelId(first.name)]
  const names = models
    .filter(({ name }) => chosen.includes(modelId(name)))
    .map(({ displayName }) => displayName)
  if (models.length === 1) {
    return (
      <span
        title={aboutModel(first) || 'The model that answers'}
        className="max-w-[40%] truncate px-1 text-sm text-ink-3"
      >
        <span className="sr-only">Answered by </span>
        {first.displayName}
      </span>
    )
  }
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        title={names.join(', ')}
        className="flex h-9 max-w-[45%] shrink-0 items-center gap-1.5 rounded-lg px-2 text-sm text-ink-2 transition-colors hover:bg-line/60 hover:text-ink"
      >
        <span className="sr-only">Answered by </span>
        <span className="truncate">
          {names.length > 1 ? `${String(names.length)} models` : names}
        </span>
        <Icon name="chevron-down" className="size-3.5" />
      </button>
      <div
        id={id}
        popover="auto"
        className="model-menu max-h-[70dvh] w-[min(20rem,calc(100vw-1.5rem))] overflow-y-auto rounded-xl border border-line bg-raised p-1.5 text-ink shadow-raised"
      >
        <p id={`${id}-note`} className="px-3 pt-1.5 pb-2 text-xs text-ink-3">
          Tick up to {MAX_MODELS} to have them answer side by side.
        </p>
        <ul>
          {models.map((about) => {
            const { name, displayName } = about
            const model = modelId(name)
            const abilities = aboutModel(about)
            const ticked = chosen.includes(model)
            return (
              <li key={name} className="flex items-center rounded-md hover:bg-sunken">
                <span className="min-w-0 flex-1">
                  <button
                    type="button"
                    title={`Ask ${displayName} alone`}
                    aria-describedby={abilities ? `${id}-${model}` : undefined}
                    onClick={(event) => {
                      choose([model])
                      event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover()
                    }}
                    className="block w-full truncate rounded-md py-2 pl-3 text-left text-[0.9375rem]"
                  >
                    {displayName}
                  </button>
                  {abilities && (
                    <span
                      id={`${id}-${model}`}
                      className="-mt-1.5 block pb-2 pl-3 text-xs text-ink-3"
                    >
                      {abilities}
                    </span>
                  )}
                </span>
                <label className="flex size-10 shrink-0 cursor-pointer items-center justify-center">
                  <span className="sr-only">Ask {displayName} too</span>
                  <input
                    type="checkbox"
                    checked={ticked}
                    disabled={!ticked && chosen.length >= MAX_MODELS}
                    aria-describedby={`${id}-note`}
                    onChange={() => {
                      choose(toggled(chosen, model))
                    }}
                    className="size-4 accent-(--accent)"
                  />
                </label>
              </li>
            )
          })}
        </ul>
      </div>
    </>
  )
}
