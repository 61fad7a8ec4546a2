import { useState } from 'react'
import type { SubmitEvent } from 'react'
import type { Policy } from '@/gen/parley/auth/v1/policy_service_pb'
import { Policy_SignUp as SignUp } from '@/gen/parley/auth/v1/policy_service_pb'
import type { Role } from '@/gen/parley/auth/v1/role_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { Check } from '@/shared/ui/check'
import { NoteAction, ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { TextArea } from '@/shared/ui/text-area'
import { useRoles } from '../roles/api'
import { roleOptions } from '../roles/names'
import { usePolicy, useUpdatePolicy } from './api'
import { WAYS, policyIn } from './form'

/** Who may sign up here, and what they need. */
export function PolicySection() {
  const policy = usePolicy()
  const roles = useRoles()
  if (policy.error) {
    return (
      <ProblemNote problem={problemOf(policy.error)}>
        <NoteAction onClick={() => void policy.refetch()}>Try again</NoteAction>
      </ProblemNote>
    )
  }
  if (!policy.data?.policy || roles.isPending) {
    return (
      <p role="status" className="py-2 text-[0.9375rem] text-ink-3">
        Loading…
      </p>
    )
  }
  return <PolicyForm policy={policy.data.policy} roles={roles.data?.roles ?? []} />
}

interface PolicyFormProps {
  readonly policy: Policy
  readonly roles: readonly Role[]
}

function PolicyForm({ policy, roles }: PolicyFormProps) {
  const update = useUpdatePolicy()
  const [way, setWay] = useState(policy.signUp)
  const [role, setRole] = useState(policy.defaultRole)
  const [everybody, setEverybody] = useState(policy.secondFactorRequired)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!update.isPending) update.mutate(policyIn(new FormData(event.currentTarget)))
  }
  return (
    <form onSubmit={submit} className="max-w-[38rem] space-y-6">
      <fieldset>
        <legend className="mb-1 text-sm font-medium">Who may sign up</legend>
        {WAYS.map(({ value, label }) => (
          <Check
            key={value}
            type="radio"
            name="signUp"
            value={value}
            checked={way === value}
            onChange={() => {
              setWay(value)
            }}
          >
            {label}
          </Check>
        ))}
      </fieldset>
      <div className={way === SignUp.DOMAINS ? '' : 'hidden'}>
        <TextArea
          label="Domains"
          name="domains"
          rows={3}
          defaultValue={policy.domains.join('\n')}
          hint="One in each line, as example.com. Those below them are others."
        />
      </div>
      <Select
        label="What they may do, without an invitation that says more"
        name="defaultRole"
        value={role}
        options={roleOptions(roles, role)}
        onChoose={setRole}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">Who needs a second factor</legend>
        <Check
          name="required"
          checked={everybody}
          onChange={(event) => {
            setEverybody(event.target.checked)
          }}
        >
          Everybody
        </Check>
        <div className={everybody ? 'hidden' : ''}>
          {roles.map(({ name, displayName }) => (
            <Check
              key={name}
              name="roles"
              value={name}
              defaultChecked={policy.secondFactorRoles.includes(name)}
            >
              {displayName}
            </Check>
          ))}
        </div>
      </fieldset>
      {update.error && <ProblemNote problem={problemOf(update.error)} />}
      {update.isSuccess && (
        <p role="status" className="text-[0.9375rem] text-ink-2">
          It holds from now on.
        </p>
      )}
      <Button type="submit" look="outline" busy={update.isPending}>
        {update.isPending ? 'Saving…' : 'Save the policy'}
      </Button>
    </form>
  )
}
