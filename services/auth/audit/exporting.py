"""The log, as it is taken elsewhere."""

from collections.abc import AsyncGenerator

from services.auth.audit.model import Head, Mark, Record
from services.auth.audit.ports import Records
from services.kit.errors import InvalidField

BATCH = 500


async def export(
    records: Records, after_index: int
) -> AsyncGenerator[Mark | Record | Head, None]:
    """Yield what the events follow, the events, and how far the log went at first."""
    head = await records.head()
    base = await records.base()
    if after_index:
        found = await records.mark(after_index)
        if not found:
            raise InvalidField(field="after_index", expected="an event that is kept")
        base = found
    yield base
    if not head:
        return
    index = base.index
    while batch := await records.after(index, min(BATCH, head.mark.index - index)):
        for record in batch:
            yield record
        index = batch[-1].index
    yield head
