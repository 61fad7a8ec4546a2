"""What happens while a reply is being written."""

from dataclasses import dataclass

from parley.chat.v1.message_service_pb2 import Message


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the user said and the reply to be are stored."""

    message: Message
    reply: Message


@dataclass(frozen=True, slots=True)
class Delta:
    """The reply goes on: the text to append."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The reply is whole and stored."""

    reply: Message


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reply was stopped on purpose; what there was is stored."""

    reply: Message


Event = Accepted | Delta | Completed | Stopped
