'use client'

import { useState } from 'react'
import type { Conversation } from '@/gen/parley/chat/v1/conversation_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useUpdateConversation } from './api'
import { MAX_TAG, MAX_TAGS, withTag } from './filter'

interface TagsDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

/** Adds tags to a conversation, and takes them off. */
export function TagsDialog({ conversation, onClose }: TagsDialogProps) {
  const update = useUpdateConversation(conversation.name)
  const [tags, setTags] = useState<readonly string[]>(conversation.tags)
  const [draft, setDraft] = useState('')
  const change = (next: readonly string[]) => {
    setTags(next)
    update.mutate(
      { tags: [...next] },
      {
        onError: () => {
          setTags(tags)
        },
      },
    )
  }
  return (
    <Dialog title="Tags" onClose={onClose}>
      {tags.length > 0 && (
        <ul className="mt-4 flex flex-wrap gap-2">
          {tags.map((tag) => (
            <li
              key={tag}
              className="inline-flex max-w-full items-center rounded-full bg-sunken pl-3 text-sm"
            >
              <span className="truncate">{tag}</span>
              <button
                type="button"
                aria-label={`Remove ${tag}`}
                title={`Remove ${tag}`}
                onClick={() => {
                  change(tags.filter((other) => other !== tag))
                }}
                className="inline-flex size-8 shrink-0 items-center justify-center rounded-full text-ink-3 hover:text-ink"
              >
                <Icon name="close" className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          const next = withTag(tags, draft)
          setDraft('')
          if (next !== tags) change(next)
        }}
      >
        <Field
          label="New tag"
          value={draft}
          maxLength={MAX_TAG}
          autoFocus
          disabled={tags.length >= MAX_TAGS}
          hint={`At most ${String(MAX_TAGS)}. What has a tag is listed under “Show”.`}
          onChange={(event) => {
            setDraft(event.target.value)
          }}
        />
        {update.isError && (
          <div className="mt-4">
            <ProblemNote problem={problemOf(update.error)} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Close
          </Button>
          <Button type="submit">Add</Button>
        </div>
      </form>
    </Dialog>
  )
}
