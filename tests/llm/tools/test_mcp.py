"""MCP servers, over HTTP and as children: whatever they do, an answer goes on."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from deploy.local.ports import free_port
from services.llm.tools.model import CallFailed
from services.llm.tools.policy import ServerPolicy
from tests.doubles.mcp_server import Double, serving
from tests.llm.tools.conftest import patiently
from tests.llm.tools.reaching import (
    PATIENCE_SECONDS,
    call,
    in_the_end,
    opened,
    over_http,
    over_pipes,
    reached,
    there,
)

LISTED = ["echo", "environment", "fail", "flood", "hang", "lie", "picture"]
NOWHERE = "http://127.0.0.1:9/mcp"


@pytest.fixture
async def double() -> AsyncIterator[Double]:
    """A server over HTTP."""
    async with serving() as double:
        yield double


@pytest.fixture(params=["sse", "json", "stdio"])
async def policy(request: pytest.FixtureRequest) -> AsyncIterator[ServerPolicy]:
    """A server, each way in which one can be reached."""
    if request.param == "stdio":
        yield over_pipes("--noisy", name="wiki", call_seconds=30)
    else:
        async with serving(json_response=request.param == "json") as double:
            yield over_http(double, call_seconds=30)


async def test_a_servers_tool_is_called(policy: ServerPolicy):
    async with reached(policy) as tools:
        assert await call(tools["wiki__echo"], text="hello") == "hello again"


async def test_a_tool_that_errs_fails(policy: ServerPolicy):
    async with reached(policy) as tools:
        with pytest.raises(CallFailed, match="it is broken"):
            await call(tools["wiki__fail"])


async def test_a_result_that_is_not_as_promised_fails(policy: ServerPolicy):
    async with reached(policy) as tools:
        with pytest.raises(CallFailed, match="something else than it says"):
            await call(tools["wiki__lie"])


async def test_a_result_of_50_mb_fails_and_others_notice_nothing(policy: ServerPolicy):
    async with opened(policy) as servers:
        tools = {tool.name: tool for tool in await servers.tools()}
        with pytest.raises(CallFailed):
            await call(tools["wiki__flood"])

        assert await in_the_end(servers, text="still") == "still again"


async def test_a_picture_is_named_and_not_shown(policy: ServerPolicy):
    async with reached(policy) as tools:
        assert await call(tools["wiki__picture"]) == "[image, not shown]"


async def test_leaving_a_call_ends_it_at_the_server(double: Double):
    async with reached(over_http(double)) as tools:
        hanging = asyncio.create_task(call(tools["wiki__hang"]))
        async for attempt in patiently():
            with attempt:
                assert "hang" in double.calls

        hanging.cancel()

        async for attempt in patiently():
            with attempt:
                assert double.left == 1


async def test_a_tool_that_never_answers_fails_in_time(double: Double):
    policy = over_http(double, call_seconds=0.2)
    async with reached(policy) as tools:
        with pytest.raises(CallFailed, match="did not answer in time"):
            await call(tools["wiki__hang"])

        # It is frozen; but a busy machine takes longer for the next.
        vars(policy)["call_seconds"] = PATIENCE_SECONDS
        assert await call(tools["wiki__echo"], text="still") == "still again"


async def test_tools_are_listed_under_names_that_every_provider_takes(double: Double):
    async with reached(over_http(double)) as tools:
        odd = tools["wiki__odd_name_with__all__things"]
        echo = tools["wiki__echo"]

    assert odd.spec.description == ("x " * 500).strip()
    assert (echo.display_name, echo.server) == ("Echo it", "wiki")
    assert echo.spec.parameters["required"] == ["text"]


async def test_tools_whose_schemas_lie_are_left_out(double: Double):
    async with reached(over_http(double)) as tools:
        listed = {name.removeprefix("wiki__") for name in tools}

    assert {"no_schema", "elsewhere", "exponential", "endless"}.isdisjoint(listed)
    assert listed >= {*LISTED}


async def test_an_answer_is_not_checked_by_a_schema_that_costs_too_much(
    double: Double,
):
    async with reached(over_http(double)) as tools:
        assert await call(tools["wiki__costly"]) == '{"m": 1}'


async def test_of_many_tools_that_lie_a_few_are_looked_at():
    double = Double()
    wrong = next(each for each in double.tools if each.name == "no_schema")
    double.tools = [wrong] * 1_000 + [double.tools[0]]

    async with serving(double), reached(over_http(double)) as tools:
        assert list(tools) == []


async def test_of_a_thousand_tools_some_are_listed():
    double = Double()
    echo = double.tools[0]
    double.tools = [
        echo.model_copy(update={"name": f"echo{number}"}) for number in range(1000)
    ]

    async with serving(double), reached(over_http(double)) as tools:
        assert len(tools) == 64


async def test_a_list_without_end_is_read_for_a_while():
    double = Double(endless=True)

    async with serving(double), reached(over_http(double)) as tools:
        assert await call(tools["wiki__echo"], text="x") == "x again"


async def test_a_server_that_says_nothing_has_no_tools_and_disturbs_nobody(
    double: Double,
):
    async def listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        silent = over_http(double, name="silent", url=url, connect_seconds=0.3)

        async with (
            asyncio.timeout(PATIENCE_SECONDS / 2),
            reached(silent, over_http(double)) as tools,
        ):
            assert {tool.server for tool in tools.values()} == {"wiki"}


async def test_only_what_the_operator_allows_is_there(double: Double):
    allowed = {"echo": {}, "fail": {"enabled": False, "approval": "never"}}
    async with reached(over_http(double, tools=allowed)) as tools:
        echo, fail = tools["wiki__echo"], tools["wiki__fail"]

    assert len(tools) == 2
    assert (echo.enabled, echo.approval) == (True, True)
    assert (fail.enabled, fail.approval) == (False, False)


async def test_a_server_is_sent_the_headers_that_variables_hold(
    double: Double, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WIKI_TOKEN", "Bearer secret")
    policy = over_http(double, headers={"Authorization": "WIKI_TOKEN"})

    async with reached(policy) as tools:
        await call(tools["wiki__echo"], text="x")

    assert all(each["authorization"] == "Bearer secret" for each in double.headers)
    assert "secret" not in repr(policy)


async def test_a_server_that_is_away_has_no_tools_and_disturbs_nobody(double: Double):
    away = ServerPolicy(name="away", url=NOWHERE, tools={"*": {}})  # type: ignore[dict-item]  # as the file has it

    async with reached(away, over_http(double)) as tools:
        assert {tool.server for tool in tools.values()} == {"wiki"}


async def test_a_server_that_comes_back_is_reached_again(double: Double):
    policy = over_http(double)
    port = urlsplit(double.url).port
    assert port
    async with opened(policy) as servers:
        async with serving(port=free_port()) as first:
            moved = over_http(first)
        async with opened(moved) as others:
            assert await others.tools() == []
            async with serving(port=urlsplit(first.url).port or 0):
                tools = await there(others, len(await servers.tools()))

                assert await call(tools["wiki__echo"], text="back") == "back again"


async def test_a_call_fails_when_its_server_is_gone():
    async with serving() as double:
        policy = over_http(double)
        servers = opened(policy)
        reaching = await servers.__aenter__()
        tools = {tool.name: tool for tool in await reaching.tools()}
    try:
        with pytest.raises(CallFailed, match="away"):
            await call(tools["wiki__echo"], text="x")
        await there(reaching, 0)
    finally:
        await servers.__aexit__(None, None, None)
