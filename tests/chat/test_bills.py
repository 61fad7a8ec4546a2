"""What a reply that ends early is billed, whatever its provider's protocol."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import usage_service_pb2 as usage_pb
from parley.chat.v1 import usage_service_pb2_grpc as usage_grpc
from services.llm.providers.endpoint import client_session
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.events import reply_of
from tests.chat.test_resume_reply import begun
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity
from tests.llm.providers.protocols import PROTOCOLS, Protocol
from tests.serving import llm_serving

TOKENS = 20


@pytest.fixture(params=PROTOCOLS, ids=lambda protocol: protocol.name)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """Each protocol in turn."""
    spoken: Protocol = request.param
    return spoken


@pytest.fixture
async def upstream(protocol: Protocol) -> AsyncIterator[Upstream]:
    async with protocol.serving(Script(tokens=words(TOKENS))) as upstream:
        yield upstream


@pytest.fixture
async def llm_address(
    protocol: Protocol, upstream: Upstream, identity: Identity
) -> AsyncIterator[str]:
    async with (
        client_session() as session,
        llm_serving(protocol.open(session, upstream.url), identity) as address,
    ):
        yield address


async def charged(chat: Chat) -> list[usage_pb.Charge]:
    stub: usage_grpc.UsageServiceAsyncStub = usage_grpc.UsageServiceStub(chat.channel)
    request = usage_pb.ListChargesRequest(parent=f"users/{chat.user}")
    return list((await stub.ListCharges(request, metadata=chat.me)).charges)


async def test_a_stopped_reply_bills_what_was_used(chat: Chat, upstream: Upstream):
    name, seq, text = await begun(chat, upstream, seen=7)

    stopped = await chat.stop(name, last_seen_seq=seq)

    await upstream.disconnected()
    assert stopped.text == text
    assert stopped.usage.input_tokens > 0
    assert stopped.usage.output_tokens == 7
    (charge,) = await charged(chat)
    assert charge.output_tokens == 7
    assert charge.input_tokens == stopped.usage.input_tokens


async def test_a_reply_that_its_provider_cuts_bills_what_was_used(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, cut_after=5))

    events = await everything(chat.send(await chat.conversation()))

    failed = reply_of(events[-1])
    assert failed.state == message_pb.Message.STATE_FAILED
    assert failed.text == "".join(words(TOKENS)[:5])
    assert failed.usage.input_tokens > 0
    assert failed.usage.output_tokens == 5
    (charge,) = await charged(chat)
    assert charge.output_tokens == 5


async def test_a_whole_reply_bills_what_the_provider_counted(
    chat: Chat, upstream: Upstream
):
    reply = await chat.completed(await chat.conversation(), "one two three")

    assert not reply.usage.estimated
    assert reply.usage.output_tokens == TOKENS
    (charge,) = await charged(chat)
    assert (charge.input_tokens, charge.output_tokens) == (
        reply.usage.input_tokens,
        TOKENS,
    )
