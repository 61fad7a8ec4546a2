"""SearchService: what is refused, and what is not minded."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import search_service_pb2 as pb
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from tests.calls import refusal
from tests.chat.searching import Searching, searching
from tests.identity import Identity, bearing


@pytest.fixture
async def me(chat_database: str, identity: Identity) -> AsyncIterator[Searching]:
    """A user without messages."""
    async with searching(chat_database, identity) as searcher:
        yield searcher


async def test_a_query_that_cannot_be_is_refused(me: Searching):
    wrong = ["", " ", "x" * 201, "x" * 10_000, "a\0b", "&!*", '""', "-", "-fox"]
    wrong += [" ".join("abcdefghijklmnopqrstu")]

    refused = [await refusal(me.search(query)) for query in wrong]

    assert {each.reason for each in refused} == {"INVALID_FIELD"}
    assert {each.metadata["field"] for each in refused} == {"query"}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("model", {"model": "x" * 201}),
        ("model", {"model": "\0"}),
        ("start_time", {"start_time": Timestamp(seconds=2**62)}),
        ("end_time", {"end_time": Timestamp(seconds=1, nanos=-1)}),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(
    me: Searching, field: str, wrong: dict[str, Any]
):
    refused = await refusal(me.search("fox", **wrong))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)


@pytest.mark.parametrize(
    "wrong", [{"page_size": -1}, {"page_token": "x"}, {"page_token": "eHx5fHo="}]
)
async def test_a_page_that_cannot_be_is_refused(me: Searching, wrong: dict[str, Any]):
    refused = await refusal(me.search("fox", **wrong))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_PAGE"


async def test_nobody_searches_what_is_another_s_even_if_nobody_is(me: Searching):
    stub: pb_grpc.SearchServiceAsyncStub = pb_grpc.SearchServiceStub(me.channel)
    request = pb.SearchMessagesRequest(parent=f"users/{uuid4()}", query="fox")

    refused = await refusal(
        stub.SearchMessages(request, metadata=bearing(me.identity.token(me.user)))
    )

    assert refused.reason == "FORBIDDEN"


async def test_a_page_is_never_larger_than_a_hundred(me: Searching):
    talk = await me.conversation()
    for _ in range(101):
        await me.say("A fox", talk)

    assert len(await me.found("fox", page_size=1000)) == 100
    assert len(await me.found("fox")) == 20


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        pytest.param("", True, id="nothing"),
        pytest.param("\U0001f600" * 1000, True, id="emoji"),
        pytest.param(" ".join(map(str, range(18_000))), True, id="numbers"),
        # One character that stands for 18.
        pytest.param("\ufdfa" * 32_000, False, id="expanding"),
        # What is beyond the first 100,000 characters is not searched.
        pytest.param("a" * 900_000, False, id="one word"),
        pytest.param("文" * 100_000, False, id="chinese"),
    ],
)
async def test_every_text_can_be_stored(me: Searching, text: str, searched: bool):
    said = await me.say(text + " fox")

    assert await me.found("fox") == [said] * searched
    cursor = await me.database.execute("SELECT count(*) FROM search_entries")
    assert await cursor.fetchone() == (1,)
