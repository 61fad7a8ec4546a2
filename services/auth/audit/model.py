"""What happened. No I/O, no protobuf, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Outcome = Literal["success", "failure", "denied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; never holds a secret or an e-mail address."""

    action: str  # dotted: `session.create`
    outcome: Outcome
    actor: UUID | None  # the user who did it, if it is known
    subject: str  # the resource it was done to, by name
    address: str | None = None
    user_agent: str = ""
    session: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)
