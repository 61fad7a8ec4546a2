"""What messages and replies are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

# Defined there, because a conversation names the message that is shown.
from services.chat.conversations.model import MessageNotFound as MessageNotFound
from services.chat.names import MessageName
from services.kit.errors import Kind, ServiceError
from services.kit.tokens import estimate_turns

MAX_TEXT = 32_000
MAX_MODEL = 200
MAX_ADDITIONAL_MODELS = 3
MAX_QUEUED = 10
MAX_COMMENT = 2_000
TITLE_FROM_TEXT = 80
HISTORY = 200  # the newest turns of a branch that a model is shown
HISTORY_CHARACTERS = 1_500_000  # of these; llm takes 8 MiB
MAX_ATTACHMENTS = 10
MAX_OPTIONS = 64 * 1024  # bytes
MAX_REPLY = 900_000  # characters; below what a gRPC client takes in one message
MAX_ATTEMPTS = 3
ATTEMPT = 1 << 20  # how far apart the numbers of two attempts are; above MAX_REPLY

Role = Literal["user", "assistant"]
State = Literal["generating", "queued", "completed", "stopped", "failed"]
Score = Literal["good", "bad"]


class ReplyInProgress(ServiceError):
    """A reply is still being written. Wait for it to end."""

    kind = Kind.PRECONDITION
    reason = "REPLY_IN_PROGRESS"


class NotAReply(ServiceError):
    """This message was not written by a model."""

    kind = Kind.PRECONDITION
    reason = "NOT_A_REPLY"


class NotSaidByUser(ServiceError):
    """This message was not said by you."""

    kind = Kind.PRECONDITION
    reason = "NOT_SAID_BY_USER"


class ReplyCompleted(ServiceError):
    """The reply is whole, so there is nothing to go on with."""

    kind = Kind.PRECONDITION
    reason = "REPLY_COMPLETED"


class SeqOutOfRange(ServiceError):
    """The reply has not come that far."""

    kind = Kind.OUT_OF_RANGE
    reason = "SEQ_OUT_OF_RANGE"


class QueueFull(ServiceError):
    """Too many messages wait for the reply that is being written."""

    kind = Kind.EXHAUSTED
    reason = "QUEUE_FULL"


def first_seq(attempt: int) -> int:
    """Number the entry with which an attempt begins."""
    return (attempt - 1) * ATTEMPT + 1


def attempt_of(seq: int) -> int:
    """Tell which attempt an entry is of."""
    return (seq - 1) // ATTEMPT + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a user thinks of a reply."""

    score: Score
    reasons: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a reply is written after: as much of a message as that takes."""

    id: UUID
    parent_id: UUID | None
    role: Role
    text: str
    state: State
    model: str
    attachments: Sequence[str]  # users/{user}/documents/{document}
    options: bytes | None  # how a reply is to come about, in the llm service's words
    end_time: datetime | None

    def require_reply(self, name: MessageName) -> None:
        """Refuse what the user said."""
        if self.role != "assistant":
            raise NotAReply(message=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Earlier):
    """One turn of a conversation, whole."""

    failure: str | None
    input_tokens: int
    output_tokens: int
    cost_micros: int
    estimated: bool
    seq: int
    attempt: int
    beside: bytes | None  # what stands beside the text, packed
    holder: UUID | None  # the replica that writes it
    continues: UUID | None  # the reply whose text it begins with
    rating: Score | None
    rating_reasons: Sequence[str]
    rating_comment: str
    create_time: datetime
    first_token_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A reply to be, as stored, and what the model is shown."""

    name: MessageName
    reply: Message
    history: Sequence[Earlier]  # oldest first; ends with what was said
    tries: int = 1  # attempts so far, but for those that ended in a handover
    prefix: str = ""  # of a reply that goes on with another
    beside: bytes | None = None  # what stands beside that
    stop_seq: int | None = None  # it is to be stopped before it begins
    allowance: int | None = None  # output tokens that the budget allows
    foreseen: int = 0  # tokens that it reads, as the allowance takes for granted
    groups: frozenset[UUID] = frozenset()  # that the user was in when they asked


def foreseen(history: Iterable[Earlier], last: str) -> int:
    """Count the tokens that a model is shown, roughly: turns, and what follows them."""
    texts = [*(turn.text for turn in history), last]
    return estimate_turns(filter(None, texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What `Asked` led to."""

    said: Message
    replies: Sequence[Begun]  # one for each model
    retried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a reply ended."""

    state: State
    text: str
    seq: int
    attempt: int
    model: str = ""
    failure: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    first_token_time: datetime | None = None
    beside: bytes | None = None
