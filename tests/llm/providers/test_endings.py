"""How the response of an answer that is whole may end."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from services.llm.model import Completed
from services.llm.providers import endpoint
from services.llm.providers.endpoint import Patience
from tests.llm.providers.pages import replying
from tests.llm.providers.protocols import CHAT
from tests.llm.providers.reading import QUESTION, completed, text, told

TEXT = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n'
STOP = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


async def begin(request: web.Request, events: bytes) -> web.StreamResponse:
    """Begin a response, of which these events are the first."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(events)
    return response


async def test_a_response_that_ends_after_its_answer_leaves_the_connection(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(endpoint, "END_SECONDS", 60.0)
    peers, whole = set(), asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        peers.add(request.transport and request.transport.get_extra_info("peername"))
        response = await begin(request, TEXT + STOP + DONE)
        await whole.wait()
        await response.write_eof()
        return response

    async with replying(late) as url:
        for _ in range(2):
            whole.clear()
            async for event in CHAT.open(session, url).generate(QUESTION):
                if isinstance(event, Completed):
                    whole.set()
        await session.close()

    assert len(peers) == 1


async def test_an_answer_whose_response_does_not_end_is_whole(
    session: aiohttp.ClientSession,
):
    async def endless(request: web.Request) -> web.StreamResponse:
        response = await begin(request, TEXT + STOP)
        await asyncio.Event().wait()
        return response

    async with replying(endless) as url:
        patience = Patience(usage=0.05)
        provider = CHAT.open(session, url, patience=patience)
        events, error = await told(provider.generate(QUESTION))

    assert error is None
    assert text(events) == "Hi"
    assert completed(events).output_tokens == 1


async def test_an_answer_that_is_cut_after_its_end_is_whole(
    session: aiohttp.ClientSession,
):
    async def cut(request: web.Request) -> web.StreamResponse:
        response = await begin(request, TEXT + STOP)
        assert request.transport
        request.transport.close()
        return response

    async with replying(cut) as url:
        events, error = await told(CHAT.open(session, url).generate(QUESTION))

    assert error is None
    assert completed(events).finish_reason == "stop"
