import type { ReactNode } from 'react'
import type { IdentityProviderRegistration } from '@/gen/parley/auth/v1/identity_provider_service_pb'
import { idOf } from '@/shared/lib/names'
import { problemOf } from '@/shared/rpc/problem'
import { Button } from '@/shared/ui/button'
import { CopyButton } from '@/shared/ui/copy-button'
import { Icon } from '@/shared/ui/icon'
import { More } from '@/shared/ui/more'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Tag } from '@/shared/ui/row'
import { admissionOf, freshnessOf, kindOf } from './about-provider'
import { useCheck, useRegistrations } from './api'

/** Where people can be known from besides here, and how to add to that. */
export function ProvidersSection() {
  const pages = useRegistrations()
  const providers = pages.data?.pages.flatMap((page) => page.registrations) ?? []
  return (
    <>
      {providers.length > 0 && (
        <ul className="space-y-4">
          {providers.map((registration) => (
            <Provider key={registration.provider} registration={registration} />
          ))}
        </ul>
      )}
      <More pages={pages} count={providers.length} nothing="None is set up." />
      <HowTo />
    </>
  )
}

function Provider({ registration }: { readonly registration: IdentityProviderRegistration }) {
  const { displayName, provider, issuer, clientId, redirectUri } = registration
  return (
    <li className="rounded-xl border border-line bg-raised p-4">
      <div className="flex flex-wrap items-center gap-x-2">
        <h3 className="min-w-0 truncate font-medium">{displayName}</h3>
        <Tag>{idOf(provider)}</Tag>
      </div>
      <dl className="mt-3 space-y-2 text-[0.9375rem]">
        <Fact name="Kind">{kindOf(registration)}</Fact>
        <Fact name="Issuer">
          <Spelled>{issuer}</Spelled>
        </Fact>
        <Fact name="Client ID">
          <Spelled>{clientId}</Spelled>
        </Fact>
        <Fact name="Redirect URI to register there">
          <Spelled>{redirectUri}</Spelled>
          <CopyButton text={redirectUri} label={`Copy the redirect URI for ${displayName}`} />
        </Fact>
        <Fact name="Whom it lets in">{admissionOf(registration)}</Fact>
        <Fact name="Have they just shown who they are?">{freshnessOf(registration)}</Fact>
      </dl>
      <Check registration={registration} />
    </li>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="sm:grid sm:grid-cols-[11rem_minmax(0,1fr)] sm:gap-4">
      <dt className="text-[0.8125rem] text-ink-3 sm:pt-0.5">{name}</dt>
      <dd className="flex flex-wrap items-center gap-x-2 break-words">{children}</dd>
    </div>
  )
}

function Spelled({ children }: { readonly children: ReactNode }) {
  return <code className="min-w-0 text-[0.8125rem] break-all">{children}</code>
}

/** Asks a provider at once, before somebody tries in vain to sign in by it. */
function Check({ registration }: { readonly registration: IdentityProviderRegistration }) {
  const check = useCheck()
  const { displayName, provider } = registration
  const fault = check.data?.fault
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Button
        look="outline"
        aria-label={`Ask whether it is there: ${displayName}`}
        busy={check.isPending}
        onClick={() => {
          check.mutate(provider)
        }}
      >
        {check.isPending ? 'Asking it…' : 'Ask whether it is there'}
      </Button>
      {fault === '' && (
        <p role="status" className="flex items-center gap-2 text-[0.9375rem] text-accent">
          <Icon name="check" />
          It answers as it should.
        </p>
      )}
      {fault && (
        <p role="status" className="flex items-center gap-2 text-[0.9375rem] text-danger">
          <Icon name="alert" />
          <span className="min-w-0">
            Its answer is not to be trusted: <code className="text-[0.8125rem]">{fault}</code>
          </span>
        </p>
      )}
      {check.error && <ProblemNote problem={problemOf(check.error)} />}
    </div>
  )
}

const EXAMPLE = `providers:
- id: keycloak
  kind: oidc
  display_name: Our Keycloak
  issuer: https://id.example.com/realms/main
  client_id: parley
  client_secret: AUTH_KEYCLOAK_SECRET
  trust_email: true
  sign_up: true`

function HowTo() {
  return (
    <div className="mt-6 max-w-[38rem] text-[0.9375rem] text-ink-2">
      <p className="text-pretty">
        To add one, make a client for Parley there with the redirect URI that is shown here, or{' '}
        <code className="text-[0.8125rem]">{'{AUTH_PUBLIC_URL}/sign-in/callback'}</code>; name the
        provider with its client in the file of{' '}
        <code className="text-[0.8125rem]">AUTH_IDENTITY_PROVIDERS_FILE</code>, the secret in a
        variable or a file of its own; and start auth again. What can stand there, and what to press
        at Google, GitHub, Microsoft and others, is in{' '}
        <code className="text-[0.8125rem]">docs/identity-providers.md</code>, which comes with
        Parley.
      </p>
      <details className="mt-3">
        <summary className="w-fit rounded text-sm text-ink-2 hover:text-ink">
          What such a file looks like
        </summary>
        <pre
          tabIndex={0}
          className="mt-2 overflow-x-auto rounded-lg bg-sunken p-4 font-mono text-[0.8125rem] text-ink"
        >
          {EXAMPLE}
        </pre>
      </details>
    </div>
  )
}
