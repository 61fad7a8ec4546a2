import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { detailsOf } from './error-details'

/** What went wrong, in words for the person in front of the screen. */
export interface Problem {
  readonly reason: ErrorReason
  readonly text: string
  /** Whether doing the same again may succeed. */
  readonly retry: boolean
  /** The field of the request that is at fault, as the API names it. */
  readonly field?: string
}

interface Explanation {
  readonly text: string
  readonly retry: boolean
}

const again = (text: string): Explanation => ({ text, retry: true })
const final = (text: string): Explanation => ({ text, retry: false })

const DEFECT = 'Something broke inside Parley. It is not your fault.'
const AWAY = 'Parley can’t be reached right now.'

// Complete by its type: a reason that is new in the API does not compile until it has its words.
const EXPLANATIONS: Record<ErrorReason, Explanation> = {
  [ErrorReason.UNSPECIFIED]: again(DEFECT),
  [ErrorReason.UNAUTHENTICATED]: again('You are no longer signed in.'),
  [ErrorReason.FORBIDDEN]: final('This belongs to somebody else, or was never here.'),
  [ErrorReason.INVALID_NAME]: final('This address leads nowhere.'),
  [ErrorReason.INVALID_PAGE]: again('The list has changed meanwhile.'),
  [ErrorReason.INVALID_FIELD]: final('Parley does not accept that.'),
  [ErrorReason.REQUEST_ID_REUSED]: final('This was sent before with other words.'),
  [ErrorReason.INTERNAL]: again(DEFECT),
  [ErrorReason.UNAVAILABLE]: again(
    'A part of Parley is restarting. It should be back in a moment.',
  ),
  [ErrorReason.OVERLOADED]: again('Parley is busy right now.'),
  [ErrorReason.INVALID_JSON]: final(DEFECT),
  [ErrorReason.UNKNOWN_FIELD]: final(DEFECT),
  [ErrorReason.REQUEST_TOO_LARGE]: final('That is too long to send.'),
  [ErrorReason.UNKNOWN_METHOD]: final(
    'This page and the server are not of the same version. Reload the page.',
  ),
  [ErrorReason.EMAIL_TAKEN]: final('There is an account with this e-mail address already.'),
  [ErrorReason.INVALID_CREDENTIALS]: final('The e-mail address or the password is not right.'),
  [ErrorReason.SESSION_ENDED]: final('Your session has ended. Sign in again.'),
  [ErrorReason.TOO_MANY_ATTEMPTS]: again('Too many attempts.'),
  [ErrorReason.USER_NOT_FOUND]: final('This account no longer exists.'),
  [ErrorReason.CHALLENGE_ENDED]: final(
    'This sign-in took too long, or too many tries. Sign in again.',
  ),
  [ErrorReason.REAUTHENTICATION_REQUIRED]: final('Show once more that it is you.'),
  [ErrorReason.SIGNING_KEYS_IN_FILES]: final(
    'The keys of this Parley are kept in files, and changed there.',
  ),
  [ErrorReason.PERMISSION_MISSING]: final('Your role does not allow this.'),
  [ErrorReason.COMMON_PASSWORD]: final(
    'This password is among those that are tried first. Choose another: a sentence works well.',
  ),
  [ErrorReason.PASSWORD_NAMES_USER]: final(
    'This password has your name or address in it, or Parley’s. Choose another.',
  ),
  [ErrorReason.WRONG_CODE]: final('That is not the code.'),
  [ErrorReason.CODE_ENDED]: final('The code has ended. Have another one sent.'),
  [ErrorReason.MAIL_OFF]: final('This Parley sends no mail. Ask whoever runs it.'),
  [ErrorReason.FACTOR_NOT_FOUND]: final('This is no longer there.'),
  [ErrorReason.FACTOR_EXISTS]: final('There is an authenticator app already. Remove it first.'),
  [ErrorReason.PASSKEY_TAKEN]: final('This passkey is here already.'),
  [ErrorReason.TOO_MANY_PASSKEYS]: final('You have as many passkeys as may be.'),
  [ErrorReason.INVALID_CODE]: final('This code is not right. Try the next one.'),
  [ErrorReason.ENROLMENT_OVER]: final('This took too long. Begin again.'),
  [ErrorReason.INVALID_PASSKEY]: final('This passkey could not be checked. Try again.'),
  [ErrorReason.FACTOR_REQUIRED]: final('A second factor is required here. Add another one first.'),
  [ErrorReason.NO_FACTOR]: final('There is no second factor yet.'),
  [ErrorReason.IDENTITY_PROVIDER_NOT_FOUND]: final('Nobody signs in that way here any more.'),
  [ErrorReason.IDENTITY_PROVIDER_UNAVAILABLE]: again('The identity provider does not answer.'),
  [ErrorReason.IDENTITY_FLOW_ENDED]: final(
    'This took too long, or was begun in another browser. Begin again.',
  ),
  [ErrorReason.IDENTITY_DECLINED]: final('You were not signed in there. Begin again.'),
  [ErrorReason.IDENTITY_REFUSED]: final(
    'What came back from there is not to be trusted, so nothing was done.',
  ),
  [ErrorReason.IDENTITY_EMAIL_UNVERIFIED]: final(
    'You are new here, and nobody vouches for your e-mail address there. Create an account with it, then link this in settings.',
  ),
  [ErrorReason.IDENTITY_EMAIL_TAKEN]: final(
    'Your e-mail address has an account here already. Sign in to it your usual way, then link this in settings.',
  ),
  [ErrorReason.IDENTITY_NOT_ADMITTED]: final('Nobody new can come in this way.'),
  [ErrorReason.IDENTITY_TAKEN]: final('This is linked to another account.'),
  [ErrorReason.IDENTITY_MISMATCH]: final(
    'There you are somebody else than here. Go back, and choose the account that is linked.',
  ),
  [ErrorReason.IDENTITY_NOT_RENEWED]: final(
    'You were not asked there who you are, so it shows nothing. Go back, and show it another way.',
  ),
  [ErrorReason.TOO_MANY_IDENTITIES]: final('You have linked as many as may be. Unlink one first.'),
  [ErrorReason.LAST_WAY_IN]: final(
    'This is the only way into your account. Set a password or add another first.',
  ),
  [ErrorReason.CONVERSATION_NOT_FOUND]: final('This conversation no longer exists.'),
  [ErrorReason.MESSAGE_NOT_FOUND]: final('This message no longer exists.'),
  [ErrorReason.REPLY_IN_PROGRESS]: again('A reply is still being written here. Wait for its end.'),
  [ErrorReason.REPLY_INTERRUPTED]: again('The reply was interrupted by a restart.'),
  [ErrorReason.MODEL_NOT_FOUND]: final(
    'The chosen model is not available. Choose another, here or for the assistant.',
  ),
  [ErrorReason.MODEL_UNAVAILABLE]: again('The model can’t be reached.'),
  [ErrorReason.MODEL_CREDENTIALS]: again(
    'The model’s provider refused Parley’s key. Whoever runs this Parley has to mend that.',
  ),
  [ErrorReason.MODEL_RATE_LIMITED]: again('The model’s provider asks for a pause.'),
  [ErrorReason.MODEL_REJECTED]: again(
    'The model refused this request. The conversation may be too long for it.',
  ),
  [ErrorReason.MODEL_STALLED]: again('The model went silent.'),
  [ErrorReason.MODEL_PROTOCOL]: again('The model broke off in the middle.'),
  [ErrorReason.MODEL_WINDOW_EXCEEDED]: final('That is more than this model can read at once.'),
  [ErrorReason.MODEL_BLOCKED]: final('The rules of this Parley do not allow that.'),
  [ErrorReason.NOT_A_REPLY]: final(DEFECT),
  [ErrorReason.NOT_SAID_BY_USER]: final(DEFECT),
  [ErrorReason.REPLY_COMPLETED]: final('This reply is whole already.'),
  [ErrorReason.SEQ_OUT_OF_RANGE]: again('This page has lost its place in the reply.'),
  [ErrorReason.QUEUE_FULL]: again('Too many messages are waiting here. Wait for a reply to end.'),
  [ErrorReason.BUDGET_EXHAUSTED]: again('Your budget is used up.'),
  [ErrorReason.HOLD_NOT_FOUND]: final(DEFECT),
  [ErrorReason.RATE_LIMITED]: again('You are asking too often.'),
  [ErrorReason.FOLDER_NOT_FOUND]: final('This folder no longer exists.'),
  [ErrorReason.TOO_MANY_FOLDERS]: final('You have as many folders as may be.'),
  [ErrorReason.SHARE_NOT_FOUND]: final('This link leads nowhere, or no longer.'),
  [ErrorReason.TOO_MANY_SHARES]: final('You have as many links as may be. Revoke one first.'),
  [ErrorReason.CONVERSATION_EMPTY]: final('There is nothing here yet that could be shared.'),
  [ErrorReason.IMPORT_NOT_FOUND]: final('This import no longer exists. Begin it anew.'),
  [ErrorReason.IMPORT_TOO_LARGE]: final('This file is too large to import.'),
  [ErrorReason.TOO_MANY_IMPORTS]: again('Too many imports are under way.'),
  [ErrorReason.UPLOAD_OUT_OF_ORDER]: again('The upload lost its place.'),
  [ErrorReason.UPLOAD_INCOMPLETE]: again('The file has not arrived whole.'),
  [ErrorReason.IMPORT_RUNNING]: again('This import is under way already.'),
  [ErrorReason.CURSOR_EXPIRED]: again('This page was away for too long.'),
  [ErrorReason.COLLECTION_NOT_FOUND]: final('This collection no longer exists.'),
  [ErrorReason.TOO_MANY_COLLECTIONS]: final('You have as many collections as may be.'),
  [ErrorReason.DOCUMENT_NOT_FOUND]: final('This document no longer exists.'),
  [ErrorReason.TOO_MANY_DOCUMENTS]: final(
    'There is no room for more documents. Delete some first.',
  ),
  [ErrorReason.DOCUMENT_TOO_LARGE]: final('This file is too large.'),
  [ErrorReason.DOCUMENT_UNSUPPORTED]: final('Parley cannot read files of this kind.'),
  [ErrorReason.DOCUMENT_ENCRYPTED]: final('This file opens with a password only.'),
  [ErrorReason.DOCUMENT_CORRUPT]: final('This file is broken.'),
  [ErrorReason.DOCUMENT_WITHOUT_TEXT]: final('There is no text in this file, only pictures of it.'),
  [ErrorReason.DOCUMENT_TOO_COMPLEX]: final('This file takes too much to read.'),
  [ErrorReason.PROMPT_NOT_FOUND]: final('This prompt no longer exists.'),
  [ErrorReason.TOO_MANY_PROMPTS]: final('You have as many prompts as may be.'),
  [ErrorReason.ASSISTANT_NOT_FOUND]: final('This assistant no longer exists.'),
  [ErrorReason.TOO_MANY_ASSISTANTS]: final('You have as many assistants as may be.'),
  [ErrorReason.MEMORY_NOT_FOUND]: final('This memory no longer exists.'),
  [ErrorReason.TOO_MANY_MEMORIES]: final('There is no room for more memories. Delete some first.'),
  [ErrorReason.TOOL_NOT_FOUND]: final('There is no such tool any more.'),
  [ErrorReason.TOOL_CALL_NOT_FOUND]: final('Nobody waits for this any more.'),
  [ErrorReason.EMBEDDING_UNAVAILABLE]: again('There is no embedding model right now.'),
  [ErrorReason.SPEECH_UNAVAILABLE]: again('There is no model for speech right now.'),
  [ErrorReason.IMAGES_UNAVAILABLE]: again('There is no model for images right now.'),
  [ErrorReason.IMAGE_REJECTED]: final('The model does not want to make this image.'),
  [ErrorReason.ROLE_NOT_FOUND]: final('This role no longer exists.'),
  [ErrorReason.ROLE_TAKEN]: final('There is another role of this name.'),
  [ErrorReason.ROLE_FIXED]: final('This role there always is, as it is.'),
  [ErrorReason.ROLE_IN_USE]: final('Somebody or something still has this role.'),
  [ErrorReason.TOO_MANY_ROLES]: final('There are as many roles as there can be.'),
  [ErrorReason.RIGHTS_EXCEEDED]: final('This allows more than you may do yourself.'),
  [ErrorReason.LAST_OWNER]: final('One owner there has to be. Make another one first.'),
  [ErrorReason.GROUP_NOT_FOUND]: final('This group no longer exists.'),
  [ErrorReason.GROUP_TAKEN]: final('Another group is called so.'),
  [ErrorReason.TOO_MANY_GROUPS]: final('That is one group too many.'),
  [ErrorReason.SIGN_UP_CLOSED]: final('Only who is invited may sign up here with this address.'),
  [ErrorReason.INVITATION_ENDED]: final(
    'This invitation was used, has expired, or is for somebody else. Ask for another one.',
  ),
  [ErrorReason.API_KEY_INVALID]: final('This API key is not valid, or not any more.'),
  [ErrorReason.API_KEY_NOT_FOUND]: final('This API key no longer exists.'),
  [ErrorReason.TOO_MANY_API_KEYS]: final('You have as many API keys as may be. Revoke one first.'),
  [ErrorReason.AUTHORIZATION_PENDING]: again('Nobody has approved this terminal yet.'),
  [ErrorReason.SLOW_DOWN]: again('The terminal asks too often.'),
  [ErrorReason.ACCESS_DENIED]: final('The terminal was refused.'),
  [ErrorReason.DEVICE_CODE_EXPIRED]: final('The code has ended. Begin again in the terminal.'),
  [ErrorReason.DEVICE_NOT_FOUND]: final('No terminal shows this code. Look at it once more.'),
  [ErrorReason.DEVICE_DECIDED]: final('This was decided before. Begin again in the terminal.'),
}

/** Says what a reason means. */
export function explain(reason: ErrorReason): Explanation {
  // A server that is newer than this page may send a reason that it does not know.
  return (
    (EXPLANATIONS as Partial<typeof EXPLANATIONS>)[reason] ?? EXPLANATIONS[ErrorReason.INTERNAL]
  )
}

/** Turns whatever a call threw into words. Total: every error has some. */
export function problemOf(thrown: unknown): Problem {
  const error = ConnectError.from(thrown)
  const { reason: name, metadata, retrySeconds } = detailsOf(error)
  if (name === undefined) return withoutReason(error)
  const reason = reasonNamed(name)
  const { text, retry } = explain(reason)
  const problem = { reason, retry, text: text + addition(reason, metadata, retrySeconds) }
  return metadata['field'] === undefined ? problem : { ...problem, field: metadata['field'] }
}

/** An error that no service of ours described: the edge, the network, or a defect of this page. */
function withoutReason(error: ConnectError): Problem {
  switch (error.code) {
    case Code.Unauthenticated:
      return problem(ErrorReason.UNAUTHENTICATED)
    case Code.PermissionDenied:
      return problem(ErrorReason.FORBIDDEN)
    case Code.ResourceExhausted:
      return problem(ErrorReason.OVERLOADED)
    case Code.Unimplemented:
      return problem(ErrorReason.UNKNOWN_METHOD)
    case Code.InvalidArgument:
      return problem(ErrorReason.INVALID_FIELD)
    default:
      return { reason: ErrorReason.UNAVAILABLE, text: AWAY, retry: true }
  }
}

function problem(reason: ErrorReason): Problem {
  return { reason, ...explain(reason) }
}

function addition(
  reason: ErrorReason,
  metadata: Readonly<Record<string, string>>,
  retrySeconds: number | undefined,
): string {
  if (reason === ErrorReason.INVALID_FIELD && metadata['expected'] !== undefined) {
    return ` It expects ${metadata['expected']}.`
  }
  if (reason === ErrorReason.INTERNAL && metadata['trace_id'] !== undefined) {
    return ` To report it, quote ${metadata['trace_id']}.`
  }
  return retrySeconds === undefined ? '' : ` Try again in ${inWords(retrySeconds)}.`
}

function inWords(seconds: number): string {
  if (seconds <= 1) return 'a second'
  if (seconds < 100) return `${String(seconds)} seconds`
  return `${String(Math.ceil(seconds / 60))} minutes`
}

function reasonNamed(name: string): ErrorReason {
  return Object.hasOwn(ErrorReason, name)
    ? ErrorReason[name as keyof typeof ErrorReason]
    : ErrorReason.INTERNAL
}
