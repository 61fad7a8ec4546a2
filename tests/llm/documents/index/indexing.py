"""What the tests of the index share."""

from collections.abc import Sequence
from uuid import UUID

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from services.kit.errors import Unavailable
from services.llm.documents.index.connection import Milvus
from services.llm.documents.index.places import bucket, one_of, owned
from services.llm.documents.index.rows import Rows
from services.llm.documents.model import Chunk, Hit, Scope
from services.llm.documents.ports import Index

# On a busy machine a search may give up: its time is what `test_away` is about.
patiently = retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.05),
    reraise=True,
)
WEATHER = ("It rains in Bergen on most days.", "Snow falls in Tromsø until May.")
FOOD = ("Bread is baked from flour.", "A soup of leeks warms in winter.")


def said(*texts: str, section: str = "") -> list[Chunk]:
    """Chunks that say this, one after the other."""
    return [
        Chunk(number, 0, len(text), 0, section, text)
        for number, text in enumerate(texts)
    ]


def silently(_: int) -> None:
    """Progress that nobody looks at."""


async def found(
    index: Index, query: str, *scopes: Scope, limit: int = 10
) -> Sequence[Hit]:
    """Search, and see that each chunk is found once at most."""
    hits = await patiently(index.search)(query, scopes, limit=limit)
    assert len({(hit.document_id, hit.number) for hit in hits}) == len(hits) <= limit
    return hits


async def documents(index: Index, query: str, *scopes: Scope) -> list[UUID]:
    """Name the documents that are found, the best first."""
    return list(
        dict.fromkeys(hit.document_id for hit in await found(index, query, *scopes))
    )


async def rows(milvus: Milvus, owner: UUID, document: UUID | None = None) -> int:
    """Count the rows of a user, or of a document of theirs, in all of Milvus."""
    reading = Rows(milvus)
    filter = owned(owner)
    if document:
        filter += f" and {one_of('document', [document])}"
    places = await reading.places(bucket(owner))
    return sum([await reading.count(place, filter) for place in places])
