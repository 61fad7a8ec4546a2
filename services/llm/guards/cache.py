"""Answers that were given to exactly the same question of the same user before."""

import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import Literal

import msgspec
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.llm.guards.opening import Events
from services.llm.model import (
    Completed,
    Delta,
    Model,
    ProviderEvent,
    Question,
    Reasoning,
    ToolUse,
    Verbatim,
)
from services.llm.ports import Provider

log = logging.getLogger(__name__)

MAX_ENTRY = 256 * 1024  # characters of an answer; a longer one is not kept
PIECE = 32 * 1024  # characters that are replayed at once
PAUSE_SECONDS = 1.0  # how long Redis is not asked after it failed
WHOLE = ("stop", "length")

lookups = Counter("llm_cache_lookups", "Questions looked up.", ("outcome",))


class Piece(msgspec.Struct, array_like=True):
    """Some of an answer's text, or of what the model thought."""

    kind: Literal["delta", "reasoning"]
    text: str


class Kept(msgspec.Struct, array_like=True):
    """An answer as it is kept."""

    model: str
    finish_reason: Literal["stop", "length"]
    pieces: list[Piece]


class Cache:
    """
    Gives an answer again to who asks exactly the same and says that it will do.

    Kept in Redis, for each user apart, under a digest: without Redis, there is none.
    """

    def __init__(
        self,
        inner: Provider,
        redis: Redis,
        *,
        seconds: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._inner = inner
        self._redis = redis
        self._seconds = seconds
        self._clock = clock
        self._ask_again = 0.0

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        if not question.cached or question.user_id is None:
            return self._inner.generate(question)
        return self._looked_up(question)

    async def _looked_up(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        if not question.model:
            question = replace(question, model=(await self.models())[0].id)
        key = f"llm:cache:{question.user_id}:{digest(question)}"
        kept = await self._get(key)
        lookups.labels("hit" if kept else "miss").inc()
        if kept:
            for event in replayed(kept):
                yield event
            return
        taking = Taking()
        async with aclosing(self._inner.generate(question)) as events:
            async for event in events:
                if found := taking.take(event):
                    await self._set(key, found)
                yield event

    async def _get(self, key: str) -> Kept | None:
        if self._clock() < self._ask_again:
            return None
        try:
            found: bytes | None = await self._redis.get(key)  # type: ignore[assignment]  # it decodes nothing
        except (RedisError, OSError):
            self._pause()
            return None
        try:
            return msgspec.msgpack.decode(found, type=Kept) if found else None
        except msgspec.DecodeError:  # of another version of this
            return None

    async def _set(self, key: str, kept: Kept) -> None:
        if self._clock() < self._ask_again:
            return
        try:
            await self._redis.set(key, msgspec.msgpack.encode(kept), ex=self._seconds)
        except (RedisError, OSError):
            self._pause()

    def _pause(self) -> None:
        log.warning("answers are not cached without Redis")
        self._ask_again = self._clock() + PAUSE_SECONDS


class Taking:
    """Takes an answer down while it passes, unless it is none to be kept."""

    def __init__(self) -> None:
        self._texts: list[tuple[Literal["delta", "reasoning"], list[str]]] = []
        self._size = 0
        self._fit = True

    def take(self, event: ProviderEvent) -> Kept | None:
        """Note an event; return the answer when it is whole and to be kept."""
        match event:
            case Delta(text):
                self._add("delta", text)
            case Reasoning(text):
                self._add("reasoning", text)
            case Verbatim() | ToolUse():
                self._fit = False
            case Completed() if self._fit and event.finish_reason in WHOLE:
                pieces = [Piece(kind, "".join(texts)) for kind, texts in self._texts]
                return Kept(event.model, event.finish_reason, pieces)  # type: ignore[arg-type]  # it is one of WHOLE
        return None

    def _add(self, kind: Literal["delta", "reasoning"], text: str) -> None:
        self._size += len(text)
        if self._size > MAX_ENTRY:
            self._fit = False
            self._texts.clear()
        if not self._fit:
            return
        if not self._texts or self._texts[-1][0] != kind:
            self._texts.append((kind, []))
        self._texts[-1][1].append(text)


def replayed(kept: Kept) -> Sequence[ProviderEvent]:
    """Return the events of an answer that is given again: it costs nothing."""
    events: list[ProviderEvent] = []
    for piece in kept.pieces:
        event = Delta if piece.kind == "delta" else Reasoning
        for start in range(0, len(piece.text), PIECE):
            events.append(event(piece.text[start : start + PIECE], tokens=0))
    return [*events, Completed(kept.model, kept.finish_reason, cached=True)]


def digest(question: Question) -> str:
    """Tell questions apart by all that an answer may depend on."""
    turns = [
        (
            turn.role,
            turn.text,
            [
                (image.media_type, hashlib.sha256(image.data).digest())
                for image in turn.images
            ],
            [(use.id, use.name, use.arguments) for use in turn.tool_uses],
            turn.tool_use_id,
            turn.verbatim
            and hashlib.sha256(b"\n".join(turn.verbatim.content)).digest(),
        )
        for turn in question.turns
    ]
    whole = (
        question.model,
        turns,
        question.max_output_tokens,
        [(tool.name, tool.description, tool.parameters) for tool in question.tools],
        question.response_schema,
        question.temperature,
        question.effort,
        [(each.document, each.start, each.end) for each in question.passages],
    )
    return hashlib.sha256(msgspec.json.encode(whole)).hexdigest()
