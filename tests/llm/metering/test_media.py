"""Speech, images and embeddings are held to the user's budget, and charged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from parley.llm.v1 import embedding_service_pb2 as embeddings_pb
from tests.calls import everything, refusal
from tests.doubles.media_server import Media, media_serving
from tests.doubles.script import Script
from tests.identity import Identity
from tests.llm.embeddings.test_embed_texts import played
from tests.llm.media.conftest import Reached, reaching
from tests.llm.metering.conftest import Direct, Serve

PRICES = '{"painter": [1000000, 10000000], "*": [0, 0]}'

Open = Callable[..., AbstractAsyncContextManager[tuple[Direct, Reached]]]


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    async with media_serving() as media:
        yield media


@pytest.fixture
def serve_media(serve: Serve, media: Media, identity: Identity) -> Open:
    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[tuple[Direct, Reached]]:
        async with (
            serve(prices=PRICES, **settings) as direct,
            reaching(
                media.url, holds=direct.holds, identity=identity, user=direct.user
            ) as reached,
        ):
            yield direct, reached

    return start


async def test_images_are_charged_what_their_provider_says(
    serve_media: Open, media: Media
):
    media.usage = {"input_tokens": 9, "output_tokens": 1_056}
    async with serve_media() as (direct, reached):
        await everything(reached.draw())
        charge = await direct.charge()

    assert (charge.model, charge.message) == ("painter", "")
    assert (charge.input_tokens, charge.output_tokens) == (9, 1_056)
    assert charge.cost_micros == 9 + 10 * 1_056
    assert not charge.estimated


async def test_images_whose_provider_says_nothing_are_charged_by_estimate(
    serve_media: Open,
):
    async with serve_media() as (direct, reached):
        await everything(reached.draw(count=2))
        charge = await direct.charge()

    assert charge.output_tokens == 2 * 6_300
    assert charge.estimated


async def test_images_that_came_to_nothing_cost_nothing(
    serve_media: Open, media: Media
):
    media.status = 500
    async with serve_media(budget_tokens_per_day=50_000) as (direct, reached):
        await refusal(reached.draw())
        media.status, media.usage = 200, {"input_tokens": 1, "output_tokens": 2}
        await everything(reached.draw())
        charge = await direct.charge()

    assert charge.output_tokens == 2


async def test_without_budget_nothing_is_asked_for(serve_media: Open, media: Media):
    media.usage = {"input_tokens": 50, "output_tokens": 50}
    async with serve_media(budget_tokens_per_day=100) as (direct, reached):
        await everything(reached.draw())
        await direct.charge()
        for call in (reached.draw(), reached.speak(), reached.transcribe()):
            refused = await refusal(call)
            assert refused.reason == "BUDGET_EXHAUSTED"
            assert refused.retry_seconds is not None

    assert len(media.asked) == 1


async def test_what_is_spoken_is_charged_by_its_length(serve_media: Open):
    async with serve_media() as (direct, reached):
        await everything(reached.speak(text="Hello, hello"))
        charge = await direct.charge()

    assert (charge.model, charge.input_tokens, charge.output_tokens) == ("tts", 3, 0)
    assert charge.estimated


async def test_what_is_written_down_is_charged(serve_media: Open, media: Media):
    async with serve_media() as (direct, reached):
        await reached.transcribe(audio=b"OggS" * 200)
        guessed = await direct.charge()
        media.usage = {"input_tokens": 14, "output_tokens": 45}
        await reached.transcribe()
        told = await direct.charge(of=2)

    assert (guessed.model, guessed.input_tokens, guessed.output_tokens) == (
        "whisper",
        2,
        3,
    )
    assert guessed.estimated
    assert (told.input_tokens, told.output_tokens) == (14, 45)


async def test_who_leaves_before_there_is_an_image_is_not_charged(
    serve_media: Open, media: Media
):
    media.usage = {"input_tokens": 1, "output_tokens": 2}
    async with serve_media(budget_tokens_per_day=50_000) as (direct, reached):
        media.hold = asyncio.Event()
        call = reached.draw()
        reading = asyncio.ensure_future(everything(call))
        await media.waiting.wait()
        call.cancel()
        await media.left.wait()
        await asyncio.gather(reading, return_exceptions=True)
        media.hold = None
        await everything(reached.draw())
        charge = await direct.charge()

    assert charge.output_tokens == 2


async def test_embeddings_are_charged(serve: Serve, identity: Identity):
    async with (
        serve() as direct,
        played(identity, Script(), direct.holds) as stub,
    ):
        request = embeddings_pb.EmbedTextsRequest(texts=["the rain", "the snow"])
        response = await stub.EmbedTexts(request, metadata=direct.me)
        charge = await direct.charge()

    assert (charge.model, charge.input_tokens) == ("played", response.input_tokens)
    assert not charge.estimated
