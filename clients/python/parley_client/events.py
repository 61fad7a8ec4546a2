"""What happens while a reply is being written."""

from dataclasses import dataclass

from parley.chat.v1.message_pb2 import Message


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
class Restarted:
    """The process that wrote the reply died: forget the text, it begins anew."""

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


Event = Accepted | Delta | Restarted | Completed | Stopped
