"""How a call fails."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from parley.chat.v1.message_pb2 import Message
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley.llm.v1.document_pb2 import Document

DOMAIN = "parley.dev"
DETAILS = "grpc-status-details-bin"

# Never a status, so no service has a text for them (see error_reason.proto).
ENDINGS = {
    "REPLY_INTERRUPTED": "The processes that wrote the reply died.",
    "MODEL_NOT_FOUND": "No provider has this model.",
    "MODEL_UNAVAILABLE": "The model's provider cannot be reached or failed.",
    "MODEL_CREDENTIALS": "The model's provider refused Parley's credentials.",
    "MODEL_RATE_LIMITED": "The model's provider limits the rate or the spend.",
    "MODEL_REJECTED": "The model's provider refused the request as it is.",
    "MODEL_STALLED": "The model's provider went silent.",
    "MODEL_PROTOCOL": "The model's provider broke off the answer.",
    "MODEL_WINDOW_EXCEEDED": "What was said last is longer than the model's window.",
    "MODEL_BLOCKED": "The rules here do not allow the question or the answer.",
    "INVALID_FIELD": "Something that the reply was to rest on is not as it has to be.",
    "PROMPT_NOT_FOUND": "There is no such prompt.",
    "ASSISTANT_NOT_FOUND": "There is no such assistant.",
    "COLLECTION_NOT_FOUND": "There is no such collection.",
    "DOCUMENT_NOT_FOUND": "There is no such document.",
    "TOOL_NOT_FOUND": "There is no such tool.",
    "DOCUMENT_UNSUPPORTED": "Parley reads no files of this kind.",
    "DOCUMENT_ENCRYPTED": "The file opens with a password only.",
    "DOCUMENT_CORRUPT": "The file is broken.",
    "DOCUMENT_WITHOUT_TEXT": "There is no text in the file; a scan is only pictures.",
    "DOCUMENT_TOO_COMPLEX": "Reading the file takes more time or memory than it may.",
}


class ParleyError(Exception):
    """
    Parley refused a call, or could not be asked.

    `reason` is one of `parley.error.v1.ErrorReason` without its prefix, for instance
    `EMAIL_TAKEN`; it is empty when the error is the network's and not Parley's.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode,
        reason: str = "",
        metadata: Mapping[str, str] = MappingProxyType({}),
        retry_delay: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata)
        self.retry_delay = retry_delay

    @property
    def temporary(self) -> bool:
        """Whether the same call may succeed in a moment."""
        if self.reason:
            return self.code is grpc.StatusCode.UNAVAILABLE
        # A connection that breaks shows as any of these, depending on when it does.
        return self.code in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNKNOWN,
            grpc.StatusCode.CANCELLED,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        )


class NotSignedIn(ParleyError):
    """There is no session to make the call with."""

    def __init__(self, message: str = "Not signed in.") -> None:
        super().__init__(
            message, code=grpc.StatusCode.UNAUTHENTICATED, reason="UNAUTHENTICATED"
        )


class ReplyFailed(ParleyError):
    """
    The model or its process failed; `reply` holds what was written by then.

    Its code is OK, because the call went well.
    """

    def __init__(self, reply: Message) -> None:
        reason = ErrorReason.Name(reply.failure_reason).removeprefix("ERROR_REASON_")
        super().__init__(
            ENDINGS.get(reason, "The reply failed."),
            code=grpc.StatusCode.OK,
            reason=reason,
        )
        self.reply = reply


class DocumentFailed(ParleyError):
    """
    A file that was uploaded could not be read; `document` is what there is of it.

    Its code is OK, because the call went well.
    """

    def __init__(self, document: Document) -> None:
        reason = ErrorReason.Name(document.failure_reason).removeprefix("ERROR_REASON_")
        super().__init__(
            ENDINGS.get(reason, "The file could not be read."),
            code=grpc.StatusCode.OK,
            reason=reason,
        )
        self.document = document


@contextmanager
def typed_errors() -> Iterator[None]:
    """Raise `ParleyError` for the errors of gRPC."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise parley_error(error) from error


def parley_error(error: grpc.aio.AioRpcError) -> ParleyError:
    """Read what a call failed with."""
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in status_of(error.trailing_metadata()).details:
        detail.Unpack(info) or detail.Unpack(retry)
    ours = info.domain == DOMAIN
    return ParleyError(
        error.details() or error.code().name,
        code=error.code(),
        reason=info.reason if ours else "",
        metadata=info.metadata if ours else {},
        retry_delay=retry.retry_delay.ToTimedelta()
        if retry.HasField("retry_delay")
        else None,
    )


def status_of(metadata: grpc.aio.Metadata | None) -> status_pb2.Status:
    """Read the status that came with a call's end; empty if there is none."""
    for key, value in metadata or ():
        if key == DETAILS and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break
    return status_pb2.Status()
