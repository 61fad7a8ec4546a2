"""How many questions find their answer among the first passages."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from services.llm.documents.model import Scope
from services.llm.documents.ports import Index
from tests.llm.documents.recall.corpus import Asked, corpus, document_id, questions

FIRST = 5


async def filled(index: Index) -> UUID:
    """Put the corpus into an index, document by document; return its owner."""
    owner = uuid4()
    for name, chunks in corpus().items():
        await index.put(owner, document_id(name), None, chunks, lambda percent: None)
    return owner


async def missed(index: Index, owner: UUID) -> Sequence[Asked]:
    """Return the questions whose answer is not among the first passages."""
    names = {document_id(name): name for name in corpus()}
    found = []
    for question in questions():
        hits = await index.search(question.ask, [Scope(owner)], limit=FIRST)
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
