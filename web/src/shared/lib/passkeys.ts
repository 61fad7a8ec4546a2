/** What a browser did not do with a passkey, in words for the person before it. */
export class PasskeyRefused extends Error {
  override readonly name = 'PasskeyRefused'
}

// Browsers say little on purpose: a page must not learn which passkeys there are.
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: 'That was cancelled, or took too long. Try again.',
  InvalidStateError: 'There is a passkey of this account on this device already.',
  NotSupportedError: 'This device can’t make a passkey that Parley takes.',
  ConstraintError: 'This device can’t check that it is you. Set up a screen lock or a PIN.',
  SecurityError: 'Passkeys work at the address that this Parley was set up for, and only there.',
  AbortError: 'That was cancelled.',
}
const UNSUPPORTED = 'This browser can’t use passkeys.'

/** Tells whether this browser can make and show passkeys. */
export function canUsePasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
  )
}

/**
 * Makes a passkey as `FactorService.BeginPasskey` says.
 * Returns what `CompletePasskey` takes; throws `PasskeyRefused`.
 */
export async function createPasskey(optionsJson: string, signal?: AbortSignal): Promise<string> {
  return answered(() => {
    const options = JSON.parse(optionsJson) as PublicKeyCredentialCreationOptionsJSON
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    return navigator.credentials.create({ publicKey, ...(signal && { signal }) })
  })
}

/**
 * Shows a passkey as `BeginPasskeySignIn` or `BeginPasskeyProof` of `PasskeyService` says.
 * Returns what answers them, as JSON; throws `PasskeyRefused`.
 */
export async function showPasskey(optionsJson: string, signal?: AbortSignal): Promise<string> {
  return answered(() => {
    const options = JSON.parse(optionsJson) as PublicKeyCredentialRequestOptionsJSON
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    return navigator.credentials.get({ publicKey, ...(signal && { signal }) })
  })
}

async function answered(ask: () => Promise<Credential | null>): Promise<string> {
  if (!canUsePasskeys()) throw new PasskeyRefused(UNSUPPORTED)
  let credential: Credential | null
  try {
    credential = await ask()
  } catch (error) {
    throw refused(error)
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyRefused(UNSUPPORTED)
  return JSON.stringify(credential.toJSON())
}

function refused(error: unknown): unknown {
  const text = error instanceof DOMException ? REASONS[error.name] : undefined
  return text === undefined ? error : new PasskeyRefused(text, { cause: error })
}
