"""A reader that waits to be let, so that a test acts while a document is read."""

import asyncio
from collections import defaultdict
from pathlib import Path

from services.llm.documents.model import Content
from services.llm.documents.ports import Progress
from tests.llm.documents.plain_reader import PlainReader


class SlowReader(PlainReader):
    """Reads when it is let, and remembers what it was given."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.let = defaultdict[str, asyncio.Event](asyncio.Event)  # one file go on
        self.reading: list[str] = []
        self.most = 0
        self.problem: Exception | None = None
        self._now = 0

    async def read(self, file: Path, name: str, progress: Progress) -> Content:
        self.reading.append(name)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            progress(50)
            await either(self.go_on, self.let[name])
            if self.problem:
                raise self.problem
            return await super().read(file, name, progress)
        finally:
            self._now -= 1


async def either(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
