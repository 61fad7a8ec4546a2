"""Any endpoint that speaks OpenAI's embeddings: OpenAI, Ollama, vLLM, TEI, LiteLLM."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

import aiohttp
import msgspec

from services.llm.embeddings.model import Embedded, EmbeddingUnavailable

BATCH = 32  # texts a request; TEI takes no more unless it is told to
AT_ONCE = 4  # requests for the same texts, so that a question need not queue
SECONDS = 60.0  # a request: a model may run on a few busy cores
AGAIN_SECONDS = 0.5  # until it is tried again, unless the endpoint says how long
LONGEST_WAIT = 5.0
MAX_ANSWER = 32 * 1024 * 1024
OK, TOO_MANY, FAILED = 200, 429, 500


class Vector(msgspec.Struct):
    """One text's vector."""

    index: int
    embedding: list[float]


class Usage(msgspec.Struct):
    """What was read."""

    prompt_tokens: int = 0


class Answer(msgspec.Struct):
    """What the endpoint says."""

    data: list[Vector]
    model: str = ""
    usage: Usage | None = None


class Again(Exception):
    """The endpoint failed in a way that may pass."""

    def __init__(self, seconds: float = AGAIN_SECONDS) -> None:
        super().__init__()
        self.seconds = seconds


class EmbeddingEndpoint:
    """Asks for the vectors of one model. Implements `Embeddings` and `Embedder`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        model: str,
        key: str | None = None,
    ) -> None:
        self._session = session
        self._url = f"{url.rstrip('/')}/embeddings"
        self.model = model
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return (await self.embedded(texts)).vectors

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        free = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                asking = [
                    group.create_task(self._batch(texts[start : start + BATCH], free))
                    for start in range(0, len(texts), BATCH)
                ]
        except* EmbeddingUnavailable as errors:
            raise EmbeddingUnavailable from errors
        answers = [task.result() for task in asking]
        vectors = [each.embedding for answer in answers for each in answer.data]
        if any(len(one) != len(other) for one, other in pairwise(vectors)):
            raise EmbeddingUnavailable
        return Embedded(
            vectors,
            next((answer.model for answer in answers if answer.model), self.model),
            sum(answer.usage.prompt_tokens for answer in answers if answer.usage),
        )

    async def _batch(self, texts: Sequence[str], free: asyncio.Semaphore) -> Answer:
        """Ask; once more if it failed in a way that may pass."""
        async with free:
            try:
                try:
                    return await self._asked(texts)
                except Again as again:
                    await asyncio.sleep(again.seconds)
                    return await self._asked(texts)
            except (
                Again,
                aiohttp.ClientError,
                TimeoutError,
                msgspec.DecodeError,
            ) as error:
                raise EmbeddingUnavailable from error

    async def _asked(self, texts: Sequence[str]) -> Answer:
        body = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        async with asyncio.timeout(SECONDS):
            try:
                response = await self._session.post(
                    self._url, json=body, headers=self._headers, allow_redirects=False
                )
            except aiohttp.ClientConnectionError as error:
                raise Again from error
            async with response:
                if response.status == TOO_MANY or response.status >= FAILED:
                    raise Again(wait(response.headers.get("retry-after", "")))
                if response.status != OK:
                    raise EmbeddingUnavailable
                raw = await read(response)
        answer = msgspec.json.decode(raw, type=Answer)
        answer.data.sort(key=lambda each: each.index)
        if [each.index for each in answer.data] != list(range(len(texts))) or not all(
            each.embedding and all(map(isfinite, each.embedding))
            for each in answer.data
        ):
            raise EmbeddingUnavailable
        return answer


def wait(header: str) -> float:
    """Read `Retry-After`; a date, or too long a time, is not waited for."""
    seconds = float(header) if header.isdecimal() else AGAIN_SECONDS
    if seconds > LONGEST_WAIT:
        raise EmbeddingUnavailable(retry_seconds=seconds)
    return seconds


async def read(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer that is not too long."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > MAX_ANSWER:
            raise EmbeddingUnavailable
        parts.append(part)
    return b"".join(parts)
