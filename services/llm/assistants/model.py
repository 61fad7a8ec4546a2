"""What assistants are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.errors import Kind, ServiceError

MAX_ASSISTANTS = 100  # of a user
MAX_NAME = 100
MAX_DESCRIPTION = 1_000
MAX_INSTRUCTIONS = 32_000
MAX_TOOLS = 50


class AssistantNotFound(ServiceError):
    """There is no such assistant."""

    kind = Kind.NOT_FOUND
    reason = "ASSISTANT_NOT_FOUND"


class TooManyAssistants(ServiceError):
    """You have as many assistants as may be."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_ASSISTANTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """Somebody to talk to."""

    id: UUID
    display_name: str
    description: str
    instructions: str
    prompt_id: UUID | None
    model: str
    knowledge_all: bool
    collections: Sequence[str]  # users/{user}/collections/{collection}
    documents: Sequence[str]  # users/{user}/documents/{document}
    tools: Sequence[str]
    temperature: float | None
    create_time: datetime
    update_time: datetime
