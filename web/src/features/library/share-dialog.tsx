import { useState } from 'react'
import type { Collection } from '@/gen/parley/llm/v1/collection_service_pb'
import type { useUpdateCollection } from '@/shared/llm/collections'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Check } from '@/shared/ui/check'
import { Dialog } from '@/shared/ui/dialog'
import { ProblemNote } from '@/shared/ui/problem-note'
import { TextArea } from '@/shared/ui/text-area'
import { useOwnGroups } from './own-groups'
import { choices, faultIn, parted, readersIn } from './readers'

interface ShareDialogProps {
  readonly user: string
  readonly collection: Collection
  readonly update: ReturnType<typeof useUpdateCollection>
  readonly onClose: () => void
}

/** Says who else may search and read a collection. */
export function ShareDialog({ user, collection, update, onClose }: ShareDialogProps) {
  const before = parted(collection.readers)
  const [written, write] = useState(before.users.join('\n'))
  const [groups, choose] = useState<readonly string[]>(before.groups)
  const [fault, setFault] = useState<string>()
  return (
    <Dialog title="Share this collection" onClose={onClose}>
      <form
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (update.isPending) return
          const users = readersIn(written)
          const found = faultIn(users)
          setFault(found)
          if (!found) update.mutate({ readers: [...users, ...groups] }, { onSuccess: onClose })
        }}
      >
        <TextArea
          label="Who may search and read it"
          hint="One user name on each line; people find theirs in their library. With groups, at most 100. Nobody, if it is empty."
          placeholder="users/…"
          value={written}
          spellCheck={false}
          autoCapitalize="none"
          fault={fault}
          onChange={(event) => {
            setFault(undefined)
            write(event.target.value)
          }}
        />
        <Groups user={user} before={before.groups} chosen={groups} onChoose={choose} />
        {update.error && <ProblemNote problem={problemOf(update.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={update.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface GroupsProps {
  readonly user: string
  readonly before: readonly string[]
  readonly chosen: readonly string[]
  readonly onChoose: (groups: readonly string[]) => void
}

/** The groups whose members may; nothing, if the user is in none. */
function Groups({ user, before, chosen, onChoose }: GroupsProps) {
  const own = useOwnGroups(user)
  if (own.error) return <ProblemNote problem={problemOf(own.error)} />
  const offered = own.data ? choices(own.data, before) : []
  if (offered.length === 0) return null
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Groups whose members may</legend>
      <div className="max-h-48 overflow-y-auto">
        {offered.map(({ name, displayName }) => (
          <Check
            key={name}
            checked={chosen.includes(name)}
            onChange={({ target }) => {
              const others = chosen.filter((each) => each !== name)
              onChoose(target.checked ? [...others, name] : others)
            }}
          >
            {displayName}
          </Check>
        ))}
      </div>
    </fieldset>
  )
}
