"""A model that reads the question and each passage, and orders them anew."""

from collections.abc import Sequence
from math import isfinite

import aiohttp
import msgspec

SECONDS = 0.15
MAX_ANSWER = 1024 * 1024
MAX_TEXT = 8_000  # characters of a passage


class RerankUnavailable(Exception):
    """The endpoint is away, or does not answer as it should."""


class Result(msgspec.Struct):
    """How well one passage fits."""

    index: int
    relevance_score: float


class Answer(msgspec.Struct):
    """What the endpoint says."""

    results: list[Result]


class Reranker:
    """Asks an endpoint that speaks Jina's and Cohere's `/rerank`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        model: str = "",
        key: str | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.seconds = seconds  # then the order stays as it is
        self._session = session
        self._url = f"{url.rstrip('/')}/rerank"
        self._model = model
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """Return how well each text answers; raises `RerankUnavailable`."""
        body = {
            "model": self._model,
            "query": query,
            "documents": [text[:MAX_TEXT] for text in texts],
            "top_n": len(texts),
        }
        try:
            request = self._session.post(
                self._url, json=body, headers=self._headers, allow_redirects=False
            )
            async with request as response:
                if response.status != 200:
                    raise RerankUnavailable(response.status)
                raw = await response.content.read(MAX_ANSWER)
            answer = msgspec.json.decode(raw, type=Answer)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            raise RerankUnavailable from error
        scores = {each.index: each.relevance_score for each in answer.results}
        whole = set(scores) == set(range(len(texts)))
        if not whole or not all(map(isfinite, scores.values())):
            raise RerankUnavailable("not every text was scored")
        return [scores[number] for number in range(len(texts))]
