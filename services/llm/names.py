"""The names of llm's resources (AIP-122)."""

from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.names import parse_name


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose it is, and which."""

    collection: ClassVar[str]  # as in `users/{user}/{collection}/{id}`

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/{collection}/{id}`."""
        return cls(*parse_name(name, "users", cls.collection))

    @classmethod
    def new(cls, user_id: UUID) -> Self:
        """Name something that is not there yet."""
        return cls(user_id, uuid7())

    def __str__(self) -> str:
        return f"users/{self.user_id}/{self.collection}/{self.id}"


class CollectionName(Owned):
    """A place for documents."""

    __slots__ = ()
    collection = "collections"


class DocumentName(Owned):
    """A file that answers can rest on."""

    __slots__ = ()
    collection = "documents"


class PromptName(Owned):
    """Instructions that are kept."""

    __slots__ = ()
    collection = "prompts"


class AssistantName(Owned):
    """Somebody to talk to."""

    __slots__ = ()
    collection = "assistants"


class MemoryName(Owned):
    """A fact about a user."""

    __slots__ = ()
    collection = "memories"


class ToolCallName(Owned):
    """A tool being used."""

    __slots__ = ()
    collection = "toolCalls"
