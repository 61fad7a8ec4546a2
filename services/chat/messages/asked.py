"""What a user asks for, and where in the tree of messages it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.chat.messages.model import (
    MAX_QUEUED,
    TITLE_FROM_TEXT,
    Earlier,
    NotAReply,
    NotSaidByUser,
    QueueFull,
    ReplyCompleted,
    ReplyInProgress,
)
from services.chat.names import ConversationName, MessageName
from services.kit.requests.model import Request


def require_ended(branch: Sequence[Earlier], to: ConversationName) -> None:
    """Refuse to show a model half of a reply."""
    for turn in branch:
        if not turn.end_time:
            raise ReplyInProgress(message=MessageName(to, turn.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the tree a reply goes."""

    parent_id: UUID | None  # of what is said, or, if nothing is, of the reply
    history: Sequence[Earlier]  # what the model is shown, but for what is said now
    after: Earlier | None = None  # a reply that has to end first
    model: str = ""
    attachments: Sequence[str] = ()  # what comes with what is said
    options: bytes | None = None
    continues: Earlier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that a user says after a message, or after the current one."""

    text: str
    parent_id: UUID | None
    models: Sequence[str]
    queue: bool = False
    attachments: Sequence[str] = ()
    options: bytes | None = None

    @property
    def anchor(self) -> UUID | None:
        """The message that the place is found from."""
        return self.parent_id

    def place(self, branch: Sequence[Earlier], to: ConversationName) -> Place:
        """Find where it goes, given the branch that ends with the anchor."""
        parent_id = branch[-1].id if branch else None
        if not self.queue:
            require_ended(branch, to)
        unended = [turn for turn in branch if not turn.end_time]
        if len(unended) > MAX_QUEUED:
            raise QueueFull(retry_seconds=5)
        after = unended[-1] if unended else None
        return Place(
            parent_id=parent_id,
            history=branch,
            after=after,
            attachments=self.attachments,
            options=self.options,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What a user says instead of an earlier message."""

    text: str
    anchor: UUID
    models: Sequence[str]
    attachments: Sequence[str] = ()  # none: those of the earlier message
    options: bytes | None = None

    def place(self, branch: Sequence[Earlier], to: ConversationName) -> Place:
        """Find where it goes: beside the anchor."""
        *before, edited = branch
        if edited.role != "user":
            raise NotSaidByUser(message=MessageName(to, edited.id))
        require_ended(before, to)
        return Place(
            parent_id=edited.parent_id,
            history=before,
            attachments=self.attachments or edited.attachments,
            options=self.options,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Regenerated:
    """Another reply to the same message."""

    anchor: UUID
    models: Sequence[str]  # one; if it is empty, the model of the reply that there is
    options: bytes | None = None  # none: those of the reply that there is
    text: None = None

    def place(self, branch: Sequence[Earlier], to: ConversationName) -> Place:
        """Find where it goes: beside the anchor."""
        *before, reply = branch
        name = MessageName(to, reply.id)
        reply.require_reply(name)
        if not before:
            raise NotAReply(message=name)  # an imported one, to nothing
        require_ended(before, to)
        return Place(
            parent_id=reply.parent_id,
            history=before,
            model=reply.model,
            options=self.options or reply.options,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """A reply that begins with the text of one that broke off."""

    anchor: UUID
    models: Sequence[str] = ("",)
    text: None = None

    def place(self, branch: Sequence[Earlier], to: ConversationName) -> Place:
        """Find where it goes: beside the anchor."""
        *before, reply = branch
        name = MessageName(to, reply.id)
        reply.require_reply(name)
        if not reply.end_time:
            raise ReplyInProgress(message=name)
        if reply.state == "completed":
            raise ReplyCompleted(message=name)
        if not before:
            raise NotAReply(message=name)  # an imported one, to nothing
        require_ended(before, to)
        return Place(
            parent_id=reply.parent_id,
            history=before,
            model=reply.model,
            options=reply.options,
            continues=reply,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that has a reply written: not stored yet."""

    to: ConversationName
    request: Request
    groups: frozenset[UUID]  # that the user is in, who asks
    what: Said | Edited | Regenerated | Continued

    @property
    def title(self) -> str:
        """Name a conversation that begins with this, on one line."""
        line = " ".join((self.what.text or "").split())
        if len(line) <= TITLE_FROM_TEXT:
            return line
        return line[: TITLE_FROM_TEXT - 1].rstrip() + "…"
