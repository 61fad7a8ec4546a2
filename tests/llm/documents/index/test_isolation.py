"""Nothing that anybody writes makes a search return what is another's."""

from random import Random
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.places import bucket, owned
from services.llm.documents.model import Scope
from tests.llm.documents.index.indexing import found, said, silently

QUERIES = 1_000
SECRET = "the salary of the director is secret"
PARTS = (
    *('"', "'", "`", "\\", "(", ")", "[", "]", "{", "}", "%", "_", "*", "?", ";", "\0"),
    *(" or ", " and ", " not ", " in ", " like ", " == ", " != ", ">= 0", "--", "/*"),
    *('" or owner != "', '"] or document != "', "owner", "document", "text", "pk"),
    *("exists", "json_contains(", "TEXT_MATCH(text, 'secret')", "count(*)", "true"),
    *(
        "{owner}",
        "$meta",
        "\u202e",
        "\u200b",
        "\ufeff",
        "ﬁ",
        "😀",
        "合同",
        "İ",
        "ß",
        "\ud7ff",
    ),
    *("the", "of", "is", "secret", "salary", "director", "the salary of the director"),
    *("\n", "\t", "\r\n", "\x1e", " " * 50, "a" * 5_000, "x " * 3_000),
)


def neighbour(owner: UUID) -> UUID:
    """Choose a user whose rows lie among those of the other."""
    while bucket(other := uuid4()) != bucket(owner):
        pass
    return other


def hostile(chance: Random, victim: UUID) -> str:
    """Make up a query that may be anything, the empty one too."""
    parts = chance.choices(PARTS, k=chance.randrange(0, 8))
    return "".join(parts).replace("{owner}", str(victim))


@pytest.mark.asvs("1.2.4", "8.2.2")
@pytest.mark.timeout(300)
async def test_no_query_finds_what_is_of_another_user(
    index: MilvusIndex, knowing: MilvusIndex
):
    seed = Random().randrange(10**6)  # noqa: S311 - to try the same again
    print(f"seed {seed}")  # noqa: T201
    chance = Random(seed)  # noqa: S311
    me, mine = uuid4(), uuid4()
    victim = neighbour(me)
    await knowing.put(me, mine, None, said("My own secret salary."), silently)
    await knowing.put(victim, uuid4(), uuid4(), said(*[SECRET] * 20), silently)
    documents = set[UUID]()
    searches = 0

    for number in range(QUERIES):
        asked = knowing if number % 10 == 0 else index
        query = hostile(chance, victim)
        hits = await found(asked, query, Scope(me))
        documents |= {hit.document_id for hit in hits}
        searches += 1

    assert searches == QUERIES
    assert documents == {mine}


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize(
    "owner", ['x" or owner != "', b"bytes", None, 7, 'a" or "a" == "a']
)
def test_no_filter_is_made_of_anything_but_ids(owner: Any):
    with pytest.raises(TypeError):
        owned(cast(UUID, owner))


async def test_no_collection_of_another_opens_by_naming_it(index: MilvusIndex):
    me, theirs, document = uuid4(), uuid4(), uuid4()
    victim = neighbour(me)
    await index.put(victim, document, theirs, said(SECRET), silently)

    assert await found(index, "salary", Scope(me, (theirs,), (document,))) == []
    assert len(await found(index, "salary", Scope(victim, (theirs,)))) == 1
