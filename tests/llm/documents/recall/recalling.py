"""How many questions find their answer among the first passages."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from services.kit.errors import Unavailable
from services.llm.documents.index.connection import Milvus
from services.llm.documents.index.places import bucket, meaning_place, owned
from services.llm.documents.index.rows import Rows
from services.llm.documents.index.schemas import Schema
from services.llm.documents.model import Scope
from services.llm.documents.ports import Embedder, Index
from tests.llm.documents.recall.corpus import Asked, corpus, document_id, questions

FIRST = 5
patiently = retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.1),
    reraise=True,
)


async def filled(index: Index) -> UUID:
    """Put the corpus into an index, document by document; return its owner."""
    owner = uuid4()
    for name, chunks in corpus().items():
        await patiently(index.put)(
            owner, document_id(name), None, chunks, lambda percent: None
        )
    return owner


async def missed(index: Index, owner: UUID) -> Sequence[Asked]:
    """Return the questions whose answer is not among the first passages."""
    names = {document_id(name): name for name in corpus()}
    found = []
    for question in questions():
        # On a busy machine a search may give up, and this is not about time.
        hits = await patiently(index.search)(question.ask, [Scope(owner)], limit=FIRST)
        found += [
            question
            for hit in hits
            if question.answered_by(
                name := names[hit.document_id], corpus()[name][hit.number]
            )
        ]
    return [question for question in questions() if question not in found]


def recall(missed: Sequence[Asked]) -> float:
    """Return the part of the questions that found their answer."""
    return 1 - len(missed) / len(questions())


async def missed_by_meaning(
    milvus: Milvus, embedder: Embedder, model: str, owner: UUID
) -> Sequence[Asked]:
    """Return those whose answer is not among the first, by their vectors alone."""
    rows, left = Rows(milvus), []
    names = {document_id(name): name for name in corpus()}
    for question in questions():
        (vector,) = await embedder.embed([question.ask])
        ((*found,),) = await rows.search(
            meaning_place(model, len(vector), bucket(owner)),
            Schema(len(vector)),
            [vector],
            owned(owner),
            limit=FIRST,
            seconds=10,
        )
        answers = [(names[each.place.document_id], each.place.number) for each in found]
        if not any(
            question.answered_by(name, corpus()[name][number])
            for name, number in answers
        ):
            left.append(question)
    return left
