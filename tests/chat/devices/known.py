"""What the test knows of a user's conversations: what was acknowledged, and shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from parley.chat.v1 import message_pb2 as message_pb
from services.chat.messages.model import attempt_of, first_seq
from tests.chat.events import TERMINAL
from tests.doubles.script import named

EVERYTHING = 0  # where a reply is stopped that is kept as far as it is


@dataclass
class Said:
    """A message of the user's that was acknowledged."""

    name: str
    text: str
    parent: str


@dataclass
class Reply:
    """A reply that was acknowledged."""

    name: str
    said: Said
    model: str
    continues: Reply | None = None
    stops: set[int] = field(default_factory=set)
    rating: int = message_pb.Rating.SCORE_UNSPECIFIED
    shown: list[Shown] = field(default_factory=list)
    finals: list[message_pb.Message] = field(default_factory=list)
    stored: message_pb.Message = field(default_factory=message_pb.Message)

    @property
    def whole(self) -> str:
        """The text, if nothing happens to it."""
        script = named(self.model)
        assert script
        return self.beginning + script.text

    @property
    def beginning(self) -> str:
        """The text that it goes on with."""
        return self.continues.stored.text if self.continues else ""

    @property
    def furthest(self) -> Shown | None:
        """The view of a device that has seen most."""
        return max(self.shown, key=lambda shown: shown.seq, default=None)


@dataclass
class Shown:
    """What one device shows of a reply, and how far it is."""

    reply: Reply
    seq: int = 1
    text: str = ""
    ended: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def take(self, event: message_pb.ReplyEvent) -> None:
        """Show an event; refuse one that does not follow, or is not as it says."""
        kind = str(event.WhichOneof("event"))
        assert not self.ended, f"{kind} after {self.ended}: {self.reply.name}"
        assert event.after_seq == self.seq, f"a gap before {event}: {self}"
        match kind:
            case "delta":
                start = max(event.after_seq, first_seq(attempt_of(event.seq)))
                assert len(event.delta.text) == event.seq - start, event
                self.text += event.delta.text
            case "restarted":
                assert event.restarted.attempt == attempt_of(event.seq) > 1, event
                assert event.restarted.attempt > attempt_of(self.seq), event
                self.text = ""
            case "heartbeat":
                assert event.seq == event.after_seq, event
            case _:
                assert kind in TERMINAL, kind
                self._end(kind, getattr(event, kind).reply)
        self.seq = event.seq
        self.changed.set()
        self.changed = asyncio.Event()

    def _end(self, kind: str, stored: message_pb.Message) -> None:
        """Show how it ended: with what was shown, or with less of it if stopped."""
        self.ended = kind
        self.reply.finals.append(stored)
        assert stored.name == self.reply.name
        assert stored.attempt == attempt_of(max(1, self.seq)), (stored, self)
        if kind == "stopped":
            assert self.text.startswith(stored.text), (stored, self)
            self.text = stored.text
        assert self.text == stored.text, (stored, self)

    def back_at(self, seq: int) -> Shown:
        """Return what a device shows that has come less far."""
        beginning = first_seq(attempt_of(max(1, self.seq)))
        at = min(max(seq, beginning), self.seq if not self.ended else self.seq - 1)
        return Shown(self.reply, at, self.text[: at - beginning])


@dataclass
class Conversation:
    """A conversation, and what was acknowledged in it, in that order."""

    name: str
    deleted: bool = False
    current: str = ""
    said: dict[str, Said] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        """The names of all that is in it."""
        return [*self.said, *self.replies]

    def branch(self, said: Said) -> list[str]:
        """Return the texts up to a message, as a model is to be shown them."""
        texts = [said.text]
        parent = said.parent
        while parent:
            if reply := self.replies.get(parent):
                texts.append(reply.stored.text)
                parent = reply.said.name
            else:
                texts.append(self.said[parent].text)
                parent = self.said[parent].parent
        return [text for text in reversed(texts) if text]
