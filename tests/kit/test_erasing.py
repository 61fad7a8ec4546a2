"""Erasing goes on, whatever fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from services.kit.erasing import Progress, Rounds


@dataclass(frozen=True)
class Asked:
    """An erasure."""

    user_id: UUID
    late: bool = False


@dataclass
class Failing:
    """Something to erase that cannot be looked for at first."""

    failures: int
    asked: list[Asked] = field(default_factory=list)
    erased: asyncio.Event = field(default_factory=asyncio.Event)

    async def due(self, limit: int) -> Sequence[Asked]:
        if self.failures:
            self.failures -= 1
            raise LookupError("there is no such table")
        return self.asked

    async def part(self, due: Asked) -> Progress:
        self.asked.remove(due)
        self.erased.set()
        return "done"


async def test_erasing_goes_on_after_an_error_that_nobody_foresaw(
    caplog: pytest.LogCaptureFixture,
):
    parts = Failing(1, [Asked(uuid4())])

    async with asyncio.timeout(30), Rounds.open(parts):
        await parts.erased.wait()

    assert caplog.messages[0] == "erasing failed"
