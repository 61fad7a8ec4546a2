import { useState } from 'react'
import type { ApiKey } from '@/gen/parley/auth/v1/api_key_service_pb'
import { dayOf } from '@/shared/lib/times'
import { Button } from '@/shared/ui/button'
import { ConfirmDialog } from '@/shared/ui/confirm-dialog'
import { More } from '@/shared/ui/more'
import { Row, Rows } from '@/shared/ui/row'
import { RowAction } from '@/shared/ui/row-action'
import { SecretOnce } from '@/shared/ui/secret-once'
import { useApiKeys, useRevokeApiKey } from './api'
import { KeyDialog } from './key-dialog'

/** Keys with which programs call Parley as the user. */
export function KeysSection({ user }: { readonly user: string }) {
  const pages = useApiKeys(user)
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<string>()
  const [chosen, choose] = useState<ApiKey>()
  const keys = pages.data?.pages.flatMap((page) => page.apiKeys) ?? []
  return (
    <>
      {keys.length > 0 && (
        <Rows>
          {keys.map((key) => (
            <Row key={key.name} title={key.displayName} note={aboutKey(key)}>
              <RowAction
                label={`Revoke ${key.displayName}`}
                danger
                onClick={() => {
                  choose(key)
                }}
              >
                Revoke
              </RowAction>
            </Row>
          ))}
        </Rows>
      )}
      <More pages={pages} count={keys.length} nothing="You have no key." />
      <Button
        look="outline"
        className="mt-4"
        onClick={() => {
          setMaking(true)
        }}
      >
        Make a key
      </Button>
      {making && (
        <KeyDialog
          user={user}
          onClose={() => {
            setMaking(false)
          }}
          onMade={(key) => {
            setMaking(false)
            setMade(key)
          }}
        />
      )}
      {made !== undefined && (
        <SecretOnce
          title="Your new key"
          about="Whoever has it can do as you what it is for. Keep it like a password: it is not shown again."
          lines={[made]}
          onClose={() => {
            setMade(undefined)
          }}
        />
      )}
      {chosen && (
        <Revoke
          apiKey={chosen}
          onClose={() => {
            choose(undefined)
          }}
        />
      )}
    </>
  )
}

function aboutKey(key: ApiKey): string {
  return [
    `${key.prefix}…`,
    `for ${key.scopes.join(', ')}`,
    key.lastUseTime ? `last used ${dayOf(key.lastUseTime)}` : 'not used yet',
    key.expireTime && `until ${dayOf(key.expireTime)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function Revoke({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }) {
  const revoke = useRevokeApiKey()
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.displayName}?`}
      action={revoke.isPending ? 'Revoking…' : 'Revoke'}
      busy={revoke.isPending}
      error={revoke.error}
      onClose={onClose}
      onConfirm={() => {
        revoke.mutate(apiKey.name, { onSuccess: onClose })
      }}
    >
      Programs that use it are refused from now on.
    </ConfirmDialog>
  )
}
