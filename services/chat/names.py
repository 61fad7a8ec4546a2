"""The names of chat's resources (AIP-122)."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.names import parse_name


@dataclass(frozen=True, slots=True)
class ConversationName:
    """Whose conversation, and which."""

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/conversations/{conversation}`."""
        return cls(*parse_name(name, "users", "conversations"))

    @classmethod
    def new(cls, user_id: UUID) -> Self:
        """Make the name of a conversation that is not there yet."""
        return cls(user_id, uuid7())

    def __str__(self) -> str:
        return f"users/{self.user_id}/conversations/{self.id}"


@dataclass(frozen=True, slots=True)
class MessageName:
    """Which message of which conversation."""

    conversation: ConversationName
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/conversations/{conversation}/messages/{message}`."""
        user, conversation, message = parse_name(
            name, "users", "conversations", "messages"
        )
        return cls(ConversationName(user, conversation), message)

    def __str__(self) -> str:
        return f"{self.conversation}/messages/{self.id}"


@dataclass(frozen=True, slots=True)
class HoldName:
    """Whose hold, and which."""

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/holds/{hold}`."""
        return cls(*parse_name(name, "users", "holds"))

    def __str__(self) -> str:
        return f"users/{self.user_id}/holds/{self.id}"


@dataclass(frozen=True, slots=True)
class ShareName:
    """Whose link, and which."""

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/shares/{share}`."""
        return cls(*parse_name(name, "users", "shares"))

    @classmethod
    def new(cls, user_id: UUID) -> Self:
        """Make the name of a link that is not there yet."""
        return cls(user_id, uuid7())

    def __str__(self) -> str:
        return f"users/{self.user_id}/shares/{self.id}"


@dataclass(frozen=True, slots=True)
class FolderName:
    """Whose folder, and which."""

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/folders/{folder}`."""
        return cls(*parse_name(name, "users", "folders"))

    @classmethod
    def new(cls, user_id: UUID) -> Self:
        """Make the name of a folder that is not there yet."""
        return cls(user_id, uuid7())

    def __str__(self) -> str:
        return f"users/{self.user_id}/folders/{self.id}"
