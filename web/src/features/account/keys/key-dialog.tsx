import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { problemOf } from '@/shared/rpc/problem'
import { useRequestIds } from '@/shared/rpc/request-id'
import { useScopes } from '@/shared/rpc/rpc-context'
import { Button } from '@/shared/ui/button'
import { Check } from '@/shared/ui/check'
import { Dialog } from '@/shared/ui/dialog'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { useCreateApiKey } from './api'

const SCOPES = [
  ['chat', 'Conversations: read and write them, and see what they cost'],
  ['knowledge', 'Documents: upload, search and delete them'],
  ['tools', 'Models, assistants, prompts, tools, images and speech'],
] as const
const SCIM = 'scim'
const LIVES = [
  { value: '7', label: 'A week' },
  { value: '30', label: 'A month' },
  { value: '90', label: 'Three months' },
  { value: '365', label: 'A year' },
] as const

interface KeyDialogProps {
  readonly user: string
  readonly onClose: () => void
  readonly onMade: (key: string) => void
}

/** Asks what a new key is for, and for how long. */
export function KeyDialog({ user, onClose, onMade }: KeyDialogProps) {
  const make = useCreateApiKey(user)
  const idFor = useRequestIds()
  const [days, setDays] = useState('90')
  const [nothing, setNothing] = useState(false)
  const [chosen, choose] = useState<readonly string[]>(['chat'])
  const [provisions, setProvisions] = useState(false)
  const held = useScopes()

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const name = data.get('name')
    const scopes = data.getAll('scope').filter((scope) => typeof scope === 'string')
    setNothing(scopes.length === 0)
    if (make.isPending || scopes.length === 0 || typeof name !== 'string') return
    const wanted = { displayName: name.trim(), scopes, days: Number(days) }
    make.mutate(
      { ...wanted, requestId: idFor(wanted) },
      {
        onSuccess: ({ key }) => {
          onMade(key)
        },
      },
    )
  }
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <form onSubmit={submit} className="mt-4 space-y-5">
        <Field label="What it is for" name="name" maxLength={100} required autoFocus />
        <fieldset>
          <legend className="mb-1 text-sm font-medium">What it may do</legend>
          {SCOPES.filter(([scope]) => held.has(scope)).map(([scope, about]) => (
            <Check
              key={scope}
              name="scope"
              value={scope}
              checked={!provisions && chosen.includes(scope)}
              disabled={provisions}
              onChange={() => {
                choose(
                  chosen.includes(scope)
                    ? chosen.filter((other) => other !== scope)
                    : [...chosen, scope],
                )
              }}
            >
              {about}
            </Check>
          ))}
          {held.has(SCIM) && (
            <Check
              name="scope"
              value={SCIM}
              checked={provisions}
              onChange={(event) => {
                setProvisions(event.target.checked)
              }}
            >
              People and groups: let your identity provider see to them by SCIM. Such a key may do
              nothing else.
            </Check>
          )}
          {nothing && <p className="mt-1 text-sm text-danger">Choose something.</p>}
        </fieldset>
        <Select label="How long it is good" value={days} options={LIVES} onChoose={setDays} />
        {make.error && <ProblemNote problem={problemOf(make.error)} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={make.isPending}>
            {make.isPending ? 'Making it…' : 'Make the key'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
