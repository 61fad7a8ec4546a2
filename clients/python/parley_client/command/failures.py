"""An error as one line that says what to do next."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import typer

from parley_client import DEFAULT_URL, ParleyError, ReplyFailed
from parley_client.command.screen import console

MIB = 1024 * 1024

# The commands that list what is not there.
LISTED = {
    "COLLECTION_NOT_FOUND": "parley collections",
    "DOCUMENT_NOT_FOUND": "parley documents",
    "PROMPT_NOT_FOUND": "parley prompts",
    "ASSISTANT_NOT_FOUND": "parley assistants",
    "MEMORY_NOT_FOUND": "parley memories",
    "TOOL_NOT_FOUND": "parley tools",
}
# The commands that list what there is too much of.
FULL = {
    "TOO_MANY_COLLECTIONS": "parley collections",
    "TOO_MANY_DOCUMENTS": "parley documents",
    "TOO_MANY_PROMPTS": "parley prompts",
    "TOO_MANY_ASSISTANTS": "parley assistants",
    "TOO_MANY_MEMORIES": "parley memories",
}


@contextmanager
def failing(url: str) -> Iterator[None]:
    """End the command with one line on stderr if something fails."""
    try:
        yield
    except ParleyError as error:
        complain(advice(error, url))
    except BrokenPipeError:
        raise  # Nobody reads what we say: not a failure to talk about.
    except OSError as error:
        complain(str(error))
    else:
        return
    raise typer.Exit(1)


def complain(line: str) -> None:
    """Say on stderr, in one line, what went wrong."""
    console(stderr=True).print(
        " ".join(line.split()), style="red", markup=False, soft_wrap=True
    )


def advice(error: ParleyError, url: str) -> str:
    """Say what went wrong and what to do next."""
    at = "" if url == DEFAULT_URL else f" --url {url}"
    if error.reason == "INVALID_CREDENTIALS":
        return f"{error.message} No account yet? parley login --sign-up{at}"
    if error.reason == "CHALLENGE_ENDED":
        return f"{error.message} parley login{at}"
    if error.reason == "API_KEY_INVALID":
        return (
            f"{error.message} Where you are signed in: parley keys create{at} "
            "(this one comes from PARLEY_API_KEY, or from parley login --api-key)"
        )
    if error.code is grpc.StatusCode.UNAUTHENTICATED:
        return f"You are not signed in at {url}. Sign in: parley login{at}"
    match error.reason:
        case "EMAIL_TAKEN":
            return f"This e-mail address has an account. Sign in: parley login{at}"
        case "INVALID_FIELD":
            field = error.metadata.get("field", "").rpartition(".")[2]
            expected = error.metadata.get("expected", "something else")
            return f"Parley does not take this {field}: expected {expected}."
        case "INVALID_NAME":
            return "This is no id. The list of each command shows them."
        case "FORBIDDEN":
            return "This is not yours. The list of each command shows what is."
        case "SIGN_UP_CLOSED":
            return f"{error.message} Have yourself invited."
        case "PERMISSION_MISSING":
            permission = error.metadata.get("permission", "")
            return f"{error.message} It needs: {permission}. See: parley keys list"
        case "API_KEY_NOT_FOUND":
            return "You have no such key. See them: parley keys list"
        case "TOO_MANY_API_KEYS":
            return f"{error.message} See them: parley keys list"
        case "ACCESS_DENIED":
            return "You refused this terminal in the browser: it is not signed in."
        case "DEVICE_CODE_EXPIRED":
            return f"Nobody approved in time. Begin again: parley login{at}"
        case "REAUTHENTICATION_REQUIRED":
            return f"{error.message} Say so with --password-stdin, or at a terminal."
        case "CONVERSATION_NOT_FOUND":
            return "You have no such conversation. See them: parley conversations"
        case "REPLY_IN_PROGRESS":
            return (
                f"{error.message} Look at it: parley conversations show --last, "
                "or wait for it: parley chat --queue"
            )
        case "MESSAGE_NOT_FOUND":
            return "This message is gone. See what there is: parley conversations"
        case "REPLY_COMPLETED":
            return "The answer is whole. Have another one written: /regenerate"
        case "FOLDER_NOT_FOUND":
            return "You have no such folder. See them: parley folders"
        case "SHARE_NOT_FOUND":
            return "You have no such link. See them: parley share list"
        case "TOO_MANY_SHARES":
            return f"{error.message} Revoke one: parley share list"
        case "TOO_MANY_FOLDERS":
            return f"{error.message} Delete one: parley folders"
        case "IMPORT_TOO_LARGE":
            return f"{error.message} Is it a zip? Import the conversations.json in it."
        case reason if reason in LISTED:
            return f"{error.message} See what there is: {LISTED[reason]}"
        case reason if reason in FULL:
            return f"{error.message} Delete one: {FULL[reason]}"
        case "DOCUMENT_TOO_LARGE":
            maximum = error.metadata.get("maximum", "")
            at_most = int(maximum) // MIB if maximum.isdecimal() else 64
            return f"{error.message} It may have {at_most} MiB. Split it."
        case "DOCUMENT_ENCRYPTED":
            return f"{error.message} Upload it without one."
        case "DOCUMENT_WITHOUT_TEXT":
            return f"{error.message} Have its text recognised, and upload that."
        case "DOCUMENT_UNSUPPORTED" | "DOCUMENT_CORRUPT":
            return f"{error.message} Save it as PDF or text, and upload that."
        case "DOCUMENT_TOO_COMPLEX":
            return f"{error.message} Split it, or save it as PDF or text."
        case "MODEL_WINDOW_EXCEEDED":
            return f"{error.message} Say less, or ask a larger one: parley models"
        case "MODEL_BLOCKED":
            return f"{error.message} Say it in another way."
        case "IMAGE_REJECTED":
            return f"{error.message} Describe it in another way."
        case "SPEECH_UNAVAILABLE" | "IMAGES_UNAVAILABLE" | "EMBEDDING_UNAVAILABLE":
            return f"{error.message} Whoever runs Parley can configure it."
        case "TOOL_CALL_NOT_FOUND":
            return "The tool does not wait for you any more."
        case "CONVERSATION_EMPTY":
            return f"{error.message} Ask something first: parley chat --last"
        case "BUDGET_EXHAUSTED":
            return f"{error.message} See what is left: parley usage"
        case "CURSOR_EXPIRED":
            return f"{error.message} Begin now: parley watch"
        case "MODEL_NOT_FOUND":
            return f"{error.message} See the models: parley models"
        case "MODEL_CREDENTIALS":
            return f"{error.message} Whoever runs Parley has to configure it."
        case "INTERNAL":
            trace = error.metadata.get("trace_id", "unknown")
            return f"Parley has a defect; please report it with the trace id {trace}"
        case "":
            return unreachable(error, url)
    if error.retry_delay:
        seconds = math.ceil(error.retry_delay.total_seconds())
        return f"{error.message} Wait {seconds} s and try again. [{error.reason}]"
    if isinstance(error, ReplyFailed):
        return f"{error.message} Ask again in a moment. [{error.reason}]"
    return f"{error.message} [{error.reason}]"


def unreachable(error: ParleyError, url: str) -> str:
    """Say what to do when it is not Parley that answered."""
    match error.code:
        case grpc.StatusCode.UNAVAILABLE if "CERTIFICATE_VERIFY" in error.message:
            return (
                f"The certificate of {url} is not trusted. If it is your own, name "
                "its authority in GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"
            )
        case grpc.StatusCode.UNAVAILABLE if "failed to connect" in error.message:
            return f"Nothing answers at {url}. Is Parley running? Start it: make up"
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"Parley is not ready at {url} ({error.message}). See: make status"
    return f"What answers at {url} does not seem to be Parley ({error.message})"
