"""What messages and replies need from the outside."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from services.chat.messages.asked import Asked
from services.chat.messages.model import Begun, Ending, Message, Rating, Stored
from services.chat.names import ConversationName, MessageName
from services.kit.requests.model import Request


class Messages(Protocol):
    """Stored messages. One that is missing is `MessageNotFound`."""

    async def begin(self, asked: Asked) -> Stored:
        """
        Store what is said, the replies to be and the request's ID: all, or nothing.

        A retry stores nothing and returns what the first try stored.
        """

    async def get(self, name: MessageName) -> Message:
        """Return a message."""

    async def page(
        self, of: ConversationName, *, after: UUID | None, limit: int
    ) -> tuple[Sequence[Message], bool]:
        """Return those that follow `after`, oldest first, and if there are more."""

    async def rate(
        self, name: MessageName, rating: Rating | None, request: Request
    ) -> Message:
        """Store what the user thinks of a reply; `NotAReply` of anything else."""

    async def request_stop(
        self, name: MessageName, seq: int, request: Request
    ) -> Message:
        """Ask for a reply to be stopped; return it as it is. End it if it is queued."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reply is that is being written."""

    name: MessageName
    attempt: int
    text: str
    seq: int
    beside: bytes | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a replica learns when it renews its lease."""

    stops: Sequence[tuple[UUID, int]]  # replies to stop, and after which entry


class Replica(Protocol):
    """
    What this process writes, as the other replicas know it.

    A reply belongs to the replica that holds it, for as long as that one renews its
    lease, and one attempt at it is one replica's.
    """

    @property
    def id(self) -> UUID:
        """Which process this is."""

    async def renew(self) -> Renewed:
        """Say that this process lives, for another few seconds."""

    async def adopt(self, limit: int, *, strangers: bool) -> Sequence[Begun]:
        """
        Take replies over that nobody writes, as their next attempt.

        Without `strangers`, only those of earlier processes of the same name and those
        that were handed over.
        """

    async def keep(self, written: Sequence[Progress]) -> Sequence[UUID]:
        """Store what is written so far; return the replies that are still ours."""

    async def restart(self, name: MessageName, attempt: int) -> bool:
        """Begin the next attempt at a reply; False if it is no longer ours."""

    async def end(
        self, begun: Begun, ending: Ending
    ) -> tuple[Message, Sequence[Begun]]:
        """
        Store how a reply ended, unless it had, or is no longer ours.

        Return it as it is stored, and the replies that waited for it.
        """

    async def extend(self, name: MessageName, model: str) -> int:
        """
        Set aside more of the budget; return how many more tokens a reply may have.

        `BudgetExhausted` if there is nothing left.
        """

    async def held(self) -> set[UUID]:
        """Return the replies that are this replica's and have not ended."""

    async def release(self, replies: Collection[UUID]) -> None:
        """Let any replica, this one too, take over replies that nobody writes."""

    async def hand_over(self) -> int:
        """Let other replicas take over what this one holds; return how much that is."""


@dataclass(frozen=True, slots=True)
class Entries:
    """
    Entries of a reply's log up to `seq`: text, or what an attempt begins with.

    With a `key`, no entry but something beside the text, after entry `seq`: `order`
    tells apart those of one place, from 1.
    """

    reply: UUID
    seq: int
    text: str = ""
    mark: Literal["", "restarted", "ended"] = ""
    order: int = 0
    key: str = ""  # of a note; of thoughts, `thought`
    value: bytes = b""
    offset: int = 0  # of thoughts: the characters before


class Log(Protocol):
    """The logs of all replies, which every replica can read. Losing one costs time."""

    async def write(self, entries: Sequence[Entries]) -> bool:
        """Append; False if the log is away, and nothing was."""

    async def read(
        self, reply: UUID, after_seq: int, order: int = 0
    ) -> Sequence[Entries]:
        """Return the entries after `after_seq`, which may begin before it ends."""

    async def wait(
        self, reply: UUID, after_seq: int, order: int, seconds: float
    ) -> None:
        """Wait until there may be entries after `after_seq`."""


def stops_topic(replica_id: UUID) -> str:
    """Name the topic that wakes a replica when there is something to stop."""
    return f"parley:replica:{replica_id}"


class Signals(Protocol):
    """Wake-ups between replicas. Losing one costs time."""

    async def publish(self, topic: str, message: bytes = b"") -> None:
        """Tell all replicas that listen, without waiting."""

    def listening(
        self, topic: str, listener: Callable[[bytes], None]
    ) -> AbstractContextManager[None]:
        """Call the listener with each message while the block runs."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of what a model is shown."""

    role: Literal["user", "assistant", "system"]
    text: str
    id: UUID | None = None  # the message that it is
    attachments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of what the model thinks."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Noting:
    """Something beside the text; it replaces what has the same key."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """How many tokens were read so far, and by which model, if that is said."""

    input_tokens: int
    model: str = ""


Written = Piece | Thinking
Said = Written | Noting | Reading


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is whole."""

    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer broke off, for a reason of `ErrorReason`."""

    reason: str
    model: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The llm service died under the answer: it can be asked again."""


class Titles(Protocol):
    """Titles for conversations that have none but their beginning."""

    def wanted(self, name: ConversationName, model: str, said: str, reply: str) -> None:
        """Ask for a title, by the model that answered; return at once."""


class Llm(Protocol):
    """A language model."""

    def generate(
        self,
        turns: Sequence[Turn],
        *,
        model: str,
        user_id: UUID,
        groups: frozenset[UUID] = frozenset(),
        max_tokens: int | None = None,
        options: bytes | None = None,
        conversation: ConversationName | None = None,
    ) -> AsyncIterator[Said | Answered | Refused | Broken]:
        """
        Yield pieces of the next turn, then how it ended. Never raises.

        `groups` are those that the user was in when they asked, for what they may read;
        `options` are those of the llm service, in its own words.
        """
