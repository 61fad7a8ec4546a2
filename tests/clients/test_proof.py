"""What `make up` does with Parley to prove that it works."""

from collections.abc import AsyncIterator

from deploy.local.prove import prove
from parley.chat.v1.message_pb2 import Message, ReplyEvent
from tests.clients.conftest import Scripted
from tests.clients.scripted_chat import Context, completed, said


async def test_what_starts_slowly_gets_one_account_and_keeps_none(scripted: Scripted):
    async def hello(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        reply.CopyFrom(completed(reply, "Hello."))
        async for event in said(reply, "Hello."):
            yield event

    scripted.chat.streams.append(hello)
    scripted.auth.away.update({"CreateUser": 1, "ListModels": 4, "DeleteUser": 4})

    proof = await prove(scripted.url, "the logs", None)

    assert proof
    assert +scripted.auth.away == {}
    assert scripted.auth.calls["CreateUser"] == 2
    assert scripted.auth.users == {}
