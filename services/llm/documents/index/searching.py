"""Searching in all the ways there are, and making one order out of it."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from services.kit.errors import Unavailable
from services.llm.documents.index.connection import away
from services.llm.documents.index.fusion import Found, Place, best, fused, raised
from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.places import (
    by_bucket,
    meaning_place,
    one_of,
    words_place,
)
from services.llm.documents.index.rerank import Reranker, RerankUnavailable
from services.llm.documents.index.rows import Rows
from services.llm.documents.index.schemas import WORDS, Schema
from services.llm.documents.index.words import MAX_QUERY, rare_ones, searchable
from services.llm.documents.model import Hit, Scope
from services.llm.embeddings.model import EmbeddingUnavailable

log = logging.getLogger(__name__)

# Together less than the 600 ms that an answer waits for its passages.
SEARCH_SECONDS = 0.4

CANDIDATES = 30  # that each way of searching finds
RERANKED = 20

Filters = Mapping[int, str]  # by bucket


class Searching:
    """Searches by words, and by meaning if an embedder answers in time."""

    def __init__(
        self, rows: Rows, meaning: Meaning | None, reranker: Reranker | None
    ) -> None:
        self._rows = rows
        self._meaning = meaning
        self._reranker = reranker

    async def search(
        self, query: str, scopes: Sequence[Scope], *, limit: int
    ) -> Sequence[Hit]:
        """Find chunks in any of the scopes, the best first."""
        filters, query = by_bucket(scopes), query[:MAX_QUERY].strip()
        if not filters or not query:
            return []
        meaning = asyncio.ensure_future(self._by_meaning(query, filters))
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                words = await self._by_words(query, filters)
            orders = [words, await meaning]
        except TimeoutError as error:
            raise away() from error
        finally:
            meaning.cancel()
        places = fused([[each.place for each in order] for order in orders])
        if self._reranker and len(places) > 1:
            places = await self._reranked(self._reranker, query, filters, places)
        return [
            Hit(place.document_id, place.number, score)
            for place, score in list(places.items())[:limit]
        ]

    async def _by_words(self, query: str, filters: Filters) -> Sequence[Found]:
        asked = [searchable(each) for each in (query, *rare_ones(query))]
        found = await asyncio.gather(
            *(
                self._rows.search(
                    words_place(bucket),
                    WORDS,
                    asked,
                    filter,
                    limit=CANDIDATES,
                    seconds=SEARCH_SECONDS,
                )
                for bucket, filter in filters.items()
            )
        )
        whole, *by_word = (merged(parts) for parts in zip(*found, strict=True))
        return raised(whole, by_word, limit=CANDIDATES)

    async def _by_meaning(self, query: str, filters: Filters) -> Sequence[Found]:
        """Return nothing if it does not work out in time: the words will do."""
        if self._meaning is None:
            return []
        try:
            async with asyncio.timeout(max(SEARCH_SECONDS, self._meaning.seconds)):
                async with asyncio.timeout(self._meaning.seconds):
                    (vector,) = await self._meaning.embedder.embed([query])
                found = await asyncio.gather(
                    *(
                        self._rows.search(
                            meaning_place(self._meaning.model, len(vector), bucket),
                            Schema(len(vector)),
                            [vector],
                            filter,
                            limit=CANDIDATES,
                            seconds=SEARCH_SECONDS,
                        )
                        for bucket, filter in filters.items()
                    )
                )
        except (EmbeddingUnavailable, Unavailable, TimeoutError) as error:
            kind = type(error).__name__
            log.warning("searched by words alone", extra={"error": kind})
            return []
        return merged(part for (part,) in found)

    async def _reranked(
        self,
        reranker: Reranker,
        query: str,
        filters: Filters,
        places: Mapping[Place, float],
    ) -> Mapping[Place, float]:
        """Order the first ones anew, if that works out in time; the others follow."""
        first, rest = list(places)[:RERANKED], list(places)[RERANKED:]
        try:
            async with asyncio.timeout(reranker.seconds):
                texts = await self._texts(filters, first)
                first = [place for place in first if place in texts]
                scores = await reranker.scores(query, [texts[place] for place in first])
        except (RerankUnavailable, Unavailable, TimeoutError) as error:
            log.warning("did not rerank", extra={"error": type(error).__name__})
            return places
        ordered = sorted(zip(scores, first, strict=True), key=lambda pair: -pair[0])
        lowest = min(scores, default=inf)  # no other is to look better
        others = {place: min(lowest, places[place]) for place in rest}
        return {place: score for score, place in ordered} | others

    async def _texts(
        self, filters: Filters, places: Sequence[Place]
    ) -> Mapping[Place, str]:
        documents = list({place.document_id for place in places})
        numbers = ", ".join(str(n) for n in sorted({place.number for place in places}))
        chunks = f"{one_of('document', documents)} and number in [{numbers}]"
        found = await asyncio.gather(
            *(
                self._rows.texts(
                    words_place(bucket),
                    f"({filter}) and {chunks}",
                    limit=RERANKED * RERANKED,
                    seconds=SEARCH_SECONDS,
                )
                for bucket, filter in filters.items()
            )
        )
        return {place: text for part in found for place, text in part.items()}


def merged(parts: Iterable[Sequence[Found]]) -> list[Found]:
    """Make one order of what several buckets found in the same way."""
    return best(each for part in parts for each in part)[:CANDIDATES]
