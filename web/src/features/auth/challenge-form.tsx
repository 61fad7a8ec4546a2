'use client'

import { useState } from 'react'
import type { SubmitEvent } from 'react'
import { SignInChallenge_Factor } from '@/gen/parley/auth/v1/session_service_pb'
import type { SignInChallenge } from '@/gen/parley/auth/v1/session_service_pb'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { canUsePasskeys } from '@/shared/lib/passkeys'
import { Button } from '@/shared/ui/button'
import { Field } from '@/shared/ui/field'
import { ProblemNote } from '@/shared/ui/problem-note'
import { useAccount } from './api'
import type { Proof } from './api'
import { proofOf } from './factor-code'
import { useAttempt } from './use-attempt'

interface ChallengeFormProps {
  readonly challenge: SignInChallenge
  readonly onAgain: () => void
  readonly onDone?: () => void
}

/** Asks for a second factor, after the first was right. */
export function ChallengeForm({ challenge, onAgain, onDone }: ChallengeFormProps) {
  const account = useAccount()
  const { pending, problem, attempt } = useAttempt()
  const [missing, setMissing] = useState(false)
  const wrong = problem?.reason === ErrorReason.INVALID_CREDENTIALS
  const ended = problem?.reason === ErrorReason.CHALLENGE_ENDED

  const complete = async (shown: Proof) => {
    await account.completeSignIn(challenge, shown)
    onDone?.()
  }
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('code')
    const proof = proofOf(typeof typed === 'string' ? typed : '')
    setMissing(!proof)
    if (proof) void attempt(() => complete(proof))
  }
  return (
    <form noValidate onSubmit={submit} className="mt-8 space-y-5">
      <Field
        label="Code"
        name="code"
        inputMode="text"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
        autoFocus
        hint="Six digits from your authenticator, or one of your recovery codes."
        fault={fault(missing, wrong)}
      />
      {problem && !wrong && <ProblemNote problem={problem} />}
      <Button type="submit" busy={pending} disabled={ended} className="h-11 w-full">
        {pending ? 'Signing in…' : 'Sign in'}
      </Button>
      {challenge.factors.includes(SignInChallenge_Factor.PASSKEY) && canUsePasskeys() && (
        <Button
          look="outline"
          className="h-11 w-full"
          onClick={() => void attempt(async () => complete(await account.passkeyFor(challenge)))}
        >
          Use a passkey
        </Button>
      )}
      <Button look="quiet" className="w-full" onClick={onAgain}>
        Begin again
      </Button>
    </form>
  )
}

function fault(missing: boolean, wrong: boolean): string | undefined {
  if (missing) return 'Enter the code.'
  return wrong ? 'That is not the right code, or it was used before.' : undefined
}
