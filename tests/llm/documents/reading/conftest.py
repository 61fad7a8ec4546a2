"""Files, read as they are when they are uploaded."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from services.llm.documents.model import Content
from services.llm.documents.reading.reader import ChildReader, child_reader

Read = Callable[[bytes, str], Awaitable[Content]]


@pytest.fixture
async def reader() -> AsyncIterator[ChildReader]:
    """A reader with the limits that it has for everybody."""
    async with child_reader() as reader:
        yield reader


@pytest.fixture
def read(reader: ChildReader, tmp_path: Path) -> Read:
    """Read bytes as a file of some name."""

    async def read(data: bytes, name: str) -> Content:
        file = tmp_path / "file"
        file.write_bytes(data)
        return await reader.read(file, name, lambda percent: None)

    return read
