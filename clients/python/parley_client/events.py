"""What happens while a reply is being written."""

from dataclasses import dataclass

from parley.chat.v1.message_pb2 import Message
from parley.llm.v1.generation_pb2 import Citation, Retrieval, ToolCall


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    What the user said and the reply to be are stored.

    `siblings` are the replies of the additional models: `resume` shows each.
    """

    message: Message
    reply: Message
    siblings: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The reply goes on: the text to append. With it, the reader has seen `seq`."""

    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class Reasoning:
    """
    The model thinks aloud: the text to append to its first `offset` characters.

    As a rule these are all that there were; what is beyond them is void.
    """

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Cited:
    """The text rests on a place in a document; replaces the one of its number."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool is being used; replaces the call of the same name."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Searched:
    """The user's documents were searched; replaces the search before."""

    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class Restarted:
    """
    The process that wrote the reply died, and another begins it anew.

    Forget the text, and what came beside it.
    """

    attempt: int
    seq: int


@dataclass(frozen=True, slots=True)
class Completed:
    """The reply is whole and stored."""

    reply: Message


@dataclass(frozen=True, slots=True)
class Stopped:
    """
    The reply was stopped on purpose; what there was is stored.

    A budget that ended it is its `failure_reason`; a person leaves none.
    """

    reply: Message


Event = (
    Accepted
    | Delta
    | Reasoning
    | Cited
    | ToolCalled
    | Searched
    | Restarted
    | Completed
    | Stopped
)
