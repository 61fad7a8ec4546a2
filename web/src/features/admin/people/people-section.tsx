import { useState } from 'react'
import type { Account } from '@/gen/parley/auth/v1/account_pb'
import { dayOf } from '@/shared/lib/times'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { More } from '@/shared/ui/more'
import { Row, Rows, Tag } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { Select } from '@/shared/ui/select'
import { roleOptions } from '../roles/names'
import { useRoles } from '../roles/api'
import { usePeople } from './api'
import type { PeopleFilter } from './api'
import { PersonDialog } from './person-dialog'

const EVERYBODY: PeopleFilter = { emailPrefix: '', role: '' }

/** Who has an account here, and what they may do. */
export function PeopleSection({ user }: { readonly user: string }) {
  const [filter, setFilter] = useState(EVERYBODY)
  const [chosen, choose] = useState<string>()
  const pages = usePeople(filter)
  const people = pages.data?.pages.flatMap((page) => page.accounts) ?? []
  // As it is now, not as it was when it was chosen.
  const person = people.find(({ name }) => name === chosen)
  return (
    <>
      <Filters onFilter={setFilter} />
      {people.length > 0 && (
        <Rows>
          {people.map((account) => (
            <Row
              key={account.name}
              title={account.displayName}
              tags={<Tags account={account} />}
              note={about(account)}
            >
              <RowAction
                label={`Manage ${account.email}`}
                onClick={() => {
                  choose(account.name)
                }}
              >
                Manage
              </RowAction>
            </Row>
          ))}
        </Rows>
      )}
      <More pages={pages} count={people.length} nothing="Nobody is called that." />
      {person && (
        <PersonDialog
          account={person}
          self={person.name === user}
          onClose={() => {
            choose(undefined)
          }}
        />
      )}
    </>
  )
}

function Tags({ account }: { readonly account: Account }) {
  return (
    <>
      <Tag>{account.role.replace('roles/', '')}</Tag>
      {account.disableTime && <Tag>disabled</Tag>}
    </>
  )
}

function about({ email, emailVerified, createTime, groups }: Account): string {
  return [
    emailVerified ? email : `${email} (not verified)`,
    createTime && `since ${dayOf(createTime)}`,
    groups.length > 0 && `in ${String(groups.length)} ${groups.length === 1 ? 'group' : 'groups'}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function Filters({ onFilter }: { readonly onFilter: (filter: PeopleFilter) => void }) {
  const roles = useRoles()
  const [role, setRole] = useState('')
  return (
    <form
      role="search"
      className="mb-6 flex flex-wrap items-end gap-4 [&>div]:min-w-0 [&>div]:flex-1 [&>div]:basis-48"
      onSubmit={(event) => {
        event.preventDefault()
        const typed = new FormData(event.currentTarget).get('email')
        onFilter({ emailPrefix: typeof typed === 'string' ? typed.trim() : '', role })
      }}
    >
      <Field
        label="E-mail address begins with"
        name="email"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Select
        label="Role"
        value={role}
        options={[{ value: '', label: 'Any' }, ...roleOptions(roles.data?.roles)]}
        onChoose={setRole}
      />
      <Button type="submit" look="outline" className="h-11">
        Look for them
      </Button>
    </form>
  )
}
