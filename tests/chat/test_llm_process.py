"""llm as a process that is traced, killed, or told to stop, as chat sees it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import NonRecordingSpan, use_span

from deploy.local.ports import free_port
from services.chat.messages import llm as llm_client
from services.chat.messages.llm import LlmClient
from services.chat.messages.ports import Answered, Broken, Piece
from tests.calls import everything
from tests.chat.as_chat import CAME, asking, generated, text_of
from tests.chat.llm_process import llm_process
from tests.doubles.collector import collecting
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import CHAT, Identity


@pytest.fixture
def keys(identity: Identity, tmp_path: Path) -> Path:
    """The file of the keys that llm trusts."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": identity.trusted[CHAT]}))
    return file


@pytest.fixture
def stores(llm_database: str, redis_url: str) -> Mapping[str, str]:
    """Where llm keeps what it keeps."""
    return {"LLM_DATABASE_URL": llm_database, "LLM_REDIS_URL": redis_url}


async def test_a_stream_is_a_span_of_the_trace(
    identity: Identity,
    upstream: Upstream,
    keys: Path,
    stores: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(llm_client, "RETURN_SECONDS", 60)
    port = free_port()
    async with (
        collecting() as collector,
        asking(identity, f"127.0.0.1:{port}") as client,
        llm_process(
            port,
            upstream=upstream,
            keys=keys,
            stores=stores,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_BSP_SCHEDULE_DELAY="50",
        ),
    ):
        with use_span(NonRecordingSpan(CAME)):
            await everything(generated(client))

        sent = await collector.services_of(f"{CAME.trace_id:032x}", {"parley-llm"})

    assert sent == {"parley-llm"}


@asynccontextmanager
async def interrupted(
    identity: Identity, port: int, **process: Any
) -> AsyncIterator[tuple[LlmClient, Any, asyncio.subprocess.Process]]:
    """Have an llm begin an answer, of which the rest does not come."""
    async with (
        asking(identity, f"127.0.0.1:{port}") as client,
        llm_process(port, **process) as running,
    ):
        events: Any = generated(client)
        while not isinstance(await anext(events), Piece):
            pass
        yield client, events, running


async def test_a_killed_llm_breaks_off_and_answers_the_next_time_when_it_is_back(
    identity: Identity,
    upstream: Upstream,
    keys: Path,
    stores: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(llm_client, "RETURN_SECONDS", 60)
    upstream.rescript(replace(upstream.script, stall_after=3))
    port = free_port()
    async with interrupted(
        identity, port, upstream=upstream, keys=keys, stores=stores
    ) as (client, events, process):
        process.kill()
        rest = await everything(events)
        async with llm_process(port, upstream=upstream, keys=keys, stores=stores):
            upstream.rescript(Script(tokens=words(3)))
            again = await everything(generated(client))

    assert isinstance(rest[-1], Broken)
    assert text_of(again) == upstream.script.text
    assert isinstance(again[-1], Answered)


async def test_an_llm_that_is_told_to_stop_ends_answers_after_the_drain_it_was_given(
    identity: Identity,
    upstream: Upstream,
    keys: Path,
    stores: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(llm_client, "RETURN_SECONDS", 60)
    upstream.rescript(replace(upstream.script, stall_after=3))
    async with interrupted(
        identity,
        free_port(),
        upstream=upstream,
        keys=keys,
        stores=stores,
        LLM_DRAIN_SECONDS="0.1",
    ) as (_, events, process):
        process.terminate()
        # Without the setting it would go on for another 25 seconds.
        async with asyncio.timeout(20):
            rest = await everything(events)
            assert await process.wait() == 0

    assert isinstance(rest[-1], Broken)
