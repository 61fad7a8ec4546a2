"""The scripted model, asked with OpenAI's own client."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from tests.doubles.openai_server import serving
from tests.doubles.script import Script, named, words
from tests.doubles.upstream import Upstream

ASKED = [{"role": "user", "content": "What is a parley?"}]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with serving(Script(tokens=words(200))) as running:
        yield running


async def chunks(
    upstream: Upstream, model: str = "any", **more: object
) -> list[ChatCompletionChunk]:
    async with client(upstream) as openai_client:
        stream = await openai_client.chat.completions.create(
            model=model,
            messages=ASKED,
            stream=True,
            **more,  # type: ignore[call-overload]
        )
        return [chunk async for chunk in stream]


def client(upstream: Upstream) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=upstream.url, api_key="sk-test", max_retries=0)


@asynccontextmanager
async def streaming(upstream: Upstream) -> AsyncIterator[aiohttp.ClientResponse]:
    asked = {"model": "any", "messages": ASKED, "stream": True}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{upstream.url}/chat/completions", json=asked) as answer,
    ):
        yield answer


def text(received: list[ChatCompletionChunk]) -> str:
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in received if chunk.choices
    )


async def test_a_stream_holds_each_token_in_an_event_of_its_own(upstream: Upstream):
    received = await chunks(upstream)

    assert text(received) == upstream.script.text
    assert [chunk.choices[0].delta.content for chunk in received[1:-1]] == list(
        words(200)
    )
    assert received[0].choices[0].delta.role == "assistant"
    assert received[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in received}) == 1
    assert all(chunk.usage is None for chunk in received)


async def test_two_answers_have_two_ids(upstream: Upstream):
    first, second = await chunks(upstream), await chunks(upstream)

    assert first[0].id != second[0].id


async def test_usage_comes_last_when_asked_for(upstream: Upstream):
    received = await chunks(upstream, stream_options={"include_usage": True})

    assert received[-1].choices == []
    assert received[-1].usage is not None
    assert (received[-1].usage.prompt_tokens, received[-1].usage.completion_tokens) == (
        4,
        200,
    )


async def test_a_limit_on_tokens_ends_the_answer_for_its_length(upstream: Upstream):
    received = await chunks(upstream, max_completion_tokens=3)

    assert text(received) == "".join(words(3))
    assert received[-1].choices[0].finish_reason == "length"


async def test_a_request_that_does_not_stream_gets_the_whole_answer(upstream: Upstream):
    async with client(upstream) as openai_client:
        answer = await openai_client.chat.completions.create(
            model="any",
            messages=ASKED,  # type: ignore[arg-type]
        )

    assert answer.choices[0].message.content == upstream.script.text
    assert answer.usage is not None
    assert answer.usage.total_tokens == 204


async def test_the_models_are_listed(upstream: Upstream):
    async with client(upstream) as openai_client:
        assert "scripted" in [model.id async for model in openai_client.models.list()]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
async def test_a_scripted_status_is_an_error_of_openais(
    status: int, error: type[openai.APIStatusError]
):
    async with serving(Script(status=status, retry_after=7)) as upstream:
        with pytest.raises(error) as raised:
            await chunks(upstream)

    assert raised.value.status_code == status
    assert raised.value.response.headers["retry-after"] == "7"
    assert set(json.loads(raised.value.response.text)["error"]) == {
        "message",
        "type",
        "param",
        "code",
    }


async def test_a_request_without_messages_is_refused(upstream: Upstream):
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{upstream.url}/chat/completions", data="{") as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"]["type"] == "invalid_request_error"


async def test_the_model_may_name_the_script(upstream: Upstream):
    assert text(await chunks(upstream, "scripted-5x1ms")) == "".join(words(5))


async def test_a_name_that_spells_no_script_is_not_found(upstream: Upstream):
    with pytest.raises(openai.NotFoundError, match="scripted-<TOKENS>x<DELAY>ms"):
        await chunks(upstream, "scripted-many")


def test_a_name_may_hold_every_option():
    name = (
        "scripted-3x20ms-pause5ms-status429-retry2"
        "-cut1-stall2-malformed3-size4b-split7b"
    )

    assert named(name) == Script(
        tokens=("xxxx", *words(3)[1:]),
        delay=0.02,
        pause=0.005,
        status=429,
        retry_after=2,
        cut_after=1,
        stall_after=2,
        insert_after=3,
        split=7,
    )


def test_ten_thousand_words_are_distinct():
    assert len(set(words(10_000))) == 10_000


async def test_a_cut_stream_ends_without_its_end():
    received = b""
    async with serving(Script(cut_after=3)) as upstream, streaming(upstream) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):  # noqa: PT012 (iterating raises)
            async for line in answer.content:
                received += line

    assert received.count(b"data: ") == 1 + 3
    assert b"[DONE]" not in received


async def test_a_malformed_event_stands_where_the_script_says():
    async with (
        serving(Script(insert_after=2)) as upstream,
        streaming(upstream) as answer,
    ):
        events = (await answer.text()).split("\n\n")

    with pytest.raises(json.JSONDecodeError):
        json.loads(events[1 + 2].removeprefix("data: "))
    assert events[-2:] == ["data: [DONE]", ""]


async def test_events_may_arrive_in_pieces():
    async with serving(Script(split=7)) as upstream:
        assert text(await chunks(upstream)) == upstream.script.text


async def test_a_token_may_be_ten_megabytes():
    async with serving(Script(tokens=("x" * 10_000_000,))) as upstream:
        assert len(text(await chunks(upstream))) == 10_000_000


async def test_a_stalled_answer_goes_on_when_released():
    async with serving(Script(stall_after=3)) as upstream:
        asking = asyncio.create_task(chunks(upstream))
        await upstream.stalled()
        assert not asking.done()

        upstream.release()

        assert text(await asking) == upstream.script.text
        await upstream.finished()


async def test_a_caller_that_goes_away_is_noticed():
    async with serving(Script(stall_after=1)) as upstream:
        asking = asyncio.create_task(chunks(upstream))
        await upstream.stalled()
        assert upstream.open_connections == 1

        asking.cancel()

        await upstream.disconnected()
        assert upstream.counts["finished"] == 0
        assert upstream.open_connections == 0


async def test_what_was_asked_is_kept(upstream: Upstream):
    await chunks(upstream, extra_headers={"traceparent": "00-abc-def-01"})

    (request,) = upstream.requests
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.headers["traceparent"] == "00-abc-def-01"
    assert request.body["messages"] == ASKED


async def test_another_process_can_see_and_change_it():
    command = [sys.executable, "-m", "tests.doubles.openai_server", "--tokens", "3"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        control = url.removesuffix("/v1") + "/control"
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(
                f"{control}/script", json={"tokens": ["a", "b"], "stall_after": 1}
            )
            asked = {"model": "any", "messages": ASKED, "stream": True}
            async with session.post(f"{url}/chat/completions", json=asked) as answer:
                await session.post(f"{control}/release")
                assert (await answer.text()).endswith("data: [DONE]\n\n")
            async with session.get(f"{control}/requests") as kept:
                seen = await kept.json()
    finally:
        process.terminate()
        await process.wait()

    assert seen["requests"][0]["body"] == asked
    assert seen["counts"] == {
        "asked": 1,
        "finished": 1,
        "disconnected": 0,
        "stalled": 1,
    }
