"""What stands beside a reply's text: Parley's own file has it, others do not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chat.transfer.formats.problem import Report

# The members of a message that say it, of how it is stored; and back, for its owner.
Told = Callable[[bytes | None], dict[str, Any]]
Heard = Callable[[Mapping[str, object], UUID, Report], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Who takes a file in, when, and how what stands beside texts is read."""

    owner: UUID
    now: datetime
    heard: Heard
