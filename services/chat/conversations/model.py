"""What conversations and folders are."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypedDict
from uuid import UUID

from services.kit.errors import InvalidField, Kind, ServiceError
from services.kit.ids import time_of
from services.kit.lines import one_line

MAX_TITLE = 200
MAX_TAGS = 20
MAX_TAG = 50
MAX_FOLDERS = 500
MAX_FOLDER_NAME = 100

TitledBy = Literal["text", "model", "user"]
View = Literal["default", "archived", "deleted", "pinned"]


class ConversationNotFound(ServiceError):
    """There is no such conversation."""

    kind = Kind.NOT_FOUND
    reason = "CONVERSATION_NOT_FOUND"


class MessageNotFound(ServiceError):
    """There is no such message."""

    kind = Kind.NOT_FOUND
    reason = "MESSAGE_NOT_FOUND"


class FolderNotFound(ServiceError):
    """There is no such folder."""

    kind = Kind.NOT_FOUND
    reason = "FOLDER_NOT_FOUND"


class TooManyFolders(ServiceError):
    """There are as many folders as may be. Delete one first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_FOLDERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A tree of messages."""

    id: UUID
    title: str
    titled_by: TitledBy
    create_time: datetime
    update_time: datetime
    archived: bool
    pinned: bool
    temporary: bool
    tags: tuple[str, ...]
    folder_id: UUID | None
    current_message_id: UUID | None
    delete_time: datetime | None
    purge_time: datetime | None


class Change(TypedDict, total=False):
    """What a user may change of a conversation."""

    title: str
    archived: bool
    pinned: bool
    tags: tuple[str, ...]
    folder_id: UUID | None
    current_message_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which of a user's conversations to list."""

    view: View
    folder_id: UUID | None
    tag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A place for conversations."""

    id: UUID
    display_name: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days a conversation is kept that nobody uses or pins; 0 is for ever."""

    days: int

    def purge_time(self, conversation: Conversation) -> datetime | None:
        """Say when a conversation will be gone for good."""
        if conversation.purge_time or conversation.pinned or not self.days:
            return conversation.purge_time
        # One that was imported may be older than it is here.
        used = max(conversation.update_time, time_of(conversation.id))
        return used + timedelta(days=self.days)


def changeable(conversation: Conversation) -> Change:
    """Return of a conversation what a user may change."""
    return {
        "title": conversation.title,
        "archived": conversation.archived,
        "pinned": conversation.pinned,
        "tags": conversation.tags,
        "folder_id": conversation.folder_id,
        "current_message_id": conversation.current_message_id,
    }


def changed(conversation: Conversation, change: Change) -> Conversation:
    """Apply a change; a title that is taken away may be found anew."""
    if "title" in change:
        by: TitledBy = "user" if change["title"] else "text"
        conversation = replace(conversation, titled_by=by)
    return replace(conversation, **change)


def folded(tag: str) -> str:
    """Make tags equal that differ in case alone."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).casefold())


def one_tag(field: str, value: str) -> str:
    """Return a tag without spaces around it, or refuse it."""
    tag = unicodedata.normalize("NFC", value.strip(" "))
    return one_line(field, tag, minimum=1, maximum=MAX_TAG)


def normalised_tags(field: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return tags in their order, the first of those that differ in case alone."""
    tags: dict[str, str] = {}
    for value in values:
        tag = one_tag(field, value)
        tags.setdefault(folded(tag), tag)
        if len(tags) > MAX_TAGS:
            raise InvalidField(field=field, expected=f"at most {MAX_TAGS} tags")
    return tuple(tags.values())
