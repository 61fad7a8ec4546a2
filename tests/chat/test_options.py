"""How a reply is to come about, and what it is charged then."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.json_format import ParseDict

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2 as reasons
from parley.llm.v1 import generation_pb2 as answer_pb
from services.kit.errors import Kind, ServiceError
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.events import reply_of
from tests.chat.speaking import (
    Response,
    Speaker,
    begun,
    completed,
    delta,
    llm_address,
    speaker,
    thought,
)
from tests.identity import Identity, bearing
from tests.serving import channel_to, chat_serving

__all__ = ["llm_address", "speaker"]


class AssistantGone(ServiceError):
    """There is no such assistant."""

    kind = Kind.NOT_FOUND
    reason = "ASSISTANT_NOT_FOUND"


async def test_a_stopped_reply_is_charged_what_was_read_and_thought(
    chat: Chat, speaker: Speaker
):
    usage = Response(usage=Response.Usage(input_tokens=1234))
    words = (usage, thought("Hm", 50), delta("Four", 4), delta("Five", 4))
    name, _ = await begun(chat, speaker, *words)

    stopped = await chat.stop(name, last_seen_seq=1 + len("Four"))

    assert stopped.usage.input_tokens == 1234
    assert stopped.usage.output_tokens == 50 + 4
    assert stopped.usage.estimated


async def test_an_answer_from_the_cache_costs_nothing(chat: Chat, speaker: Speaker):
    done = completed(input_tokens=100, output_tokens=100, cached=True)
    speaker.say(delta("Again", 5), done)

    reply = await chat.completed(await chat.conversation())

    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (0, 0)
    assert not reply.usage.estimated


async def test_the_version_of_a_prompt_is_stored(chat: Chat, speaker: Speaker):
    version = f"users/{chat.user}/prompts/{uuid4()}/versions/3"
    speaker.say(delta("Yes"), completed(prompt_version=version))

    reply = await chat.completed(await chat.conversation())

    assert reply.prompt_version == version


async def test_llm_is_told_what_came_with_a_message_and_how_to_answer(
    chat: Chat, speaker: Speaker
):
    parent = await chat.conversation()
    document = f"users/{chat.user}/documents/{uuid4()}"
    options = answer_pb.GenerationOptions(
        tools=["tools/calculator"], knowledge=answer_pb.Knowledge(all=True)
    )
    request = pb.SendMessageRequest(
        parent=parent, text="Look", attachments=[document], options=options
    )
    speaker.say(delta("I see"), completed())

    events = await everything(chat.messages.SendMessage(request, metadata=chat.me))

    (asked,) = speaker.requests
    assert asked.options == options
    assert asked.conversation == parent
    said = events[0].event.accepted.message
    (turn,) = asked.turns
    assert turn.id == said.name.rpartition("/")[2]
    assert turn.attachments == [document]
    assert said.attachments == [document]
    assert reply_of(events[-1]).options == options


BEYOND: list[tuple[str, dict[str, Any]]] = [
    ("knowledge", {"attachments": ["users/{user}/documents/{id}"]}),
    ("knowledge", {"options": {"knowledge": {"all": True}}}),
    ("knowledge", {"options": {"tools": ["tools/search_documents"]}}),
    ("tools", {"options": {"tools": ["tools/calculator"]}}),
    ("tools", {"options": {"assistant": "users/{user}/assistants/{id}"}}),
    ("tools", {"options": {"prompt": "users/{user}/prompts/{id}"}}),
]


@pytest.mark.asvs("8.2.1", "8.3.3", "10.3.2")
@pytest.mark.parametrize(("permission", "said"), BEYOND)
async def test_no_reply_is_made_of_what_its_asker_may_not_touch(
    chat: Chat,
    speaker: Speaker,
    identity: Identity,
    permission: str,
    said: dict[str, Any],
):
    """chat asks llm in its own name: a key for chat alone is to reach no further."""
    parent = await chat.conversation()
    speaker.say(delta("Hello"), completed(), None, delta("Hello"), completed(), None)
    reply = await chat.completed(parent)
    named = json.loads(
        json.dumps(said).replace("{user}", str(chat.user)).replace("{id}", str(uuid4()))
    )
    scope = " ".join({"chat", "knowledge", "tools"} - {permission})
    key = bearing(identity.sign({**identity.claims(chat.user), "scope": scope}))
    send = ParseDict({"parent": parent, "text": "Hi", **named}, pb.SendMessageRequest())
    edit = ParseDict(
        {"name": reply.parent_message, "text": "Ho", **named}, pb.EditMessageRequest()
    )
    calls: list[Any] = [
        chat.messages.SendMessage(send, metadata=key),
        chat.messages.EditMessage(edit, metadata=key),
    ]
    if "options" in named:
        again = pb.RegenerateReplyRequest(name=reply.name, options=send.options)
        calls.append(chat.messages.RegenerateReply(again, metadata=key))

    refused = [await refusal(call) for call in calls]

    assert {each.reason for each in refused} == {"PERMISSION_MISSING"}
    assert {each.metadata["permission"] for each in refused} == {permission}
    assert len(speaker.requests) == 1
    plain = pb.SendMessageRequest(parent=parent, text="Hi")
    assert await everything(chat.messages.SendMessage(plain, metadata=key))


async def test_a_reply_is_regenerated_as_the_one_that_there_is(
    chat: Chat, speaker: Speaker
):
    options = answer_pb.GenerationOptions(tools=["tools/calculator"])
    parent = await chat.conversation()
    request = pb.SendMessageRequest(parent=parent, text="Hi", options=options)
    speaker.say(delta("One"), completed(), delta("Two"), completed())
    first = await everything(chat.messages.SendMessage(request, metadata=chat.me))
    again = pb.RegenerateReplyRequest(name=reply_of(first[-1]).name)

    await everything(chat.messages.RegenerateReply(again, metadata=chat.me))

    assert [asked.options for asked in speaker.requests] == [options, options]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"attachments": ["users/x/documents/y"] * 11}, "attachments"),
        (
            {"options": answer_pb.GenerationOptions(response_schema="x" * 70_000)},
            "options",
        ),
    ],
)
async def test_too_much_is_refused(chat: Chat, fields: dict[str, object], field: str):
    parent = await chat.conversation()
    request = pb.SendMessageRequest(parent=parent, text="Hi", **fields)  # type: ignore[arg-type]

    refused = await refusal(chat.messages.SendMessage(request, metadata=chat.me))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)
    assert await chat.listed(parent) == []


async def test_an_attachment_that_is_no_document_is_refused(chat: Chat):
    request = pb.SendMessageRequest(
        parent=await chat.conversation(), text="Hi", attachments=["documents/1"]
    )

    refused = await refusal(chat.messages.SendMessage(request, metadata=chat.me))

    assert refused.reason == "INVALID_NAME"


async def test_what_is_wrong_with_the_options_ends_the_reply_with_its_reason(
    chat: Chat, speaker: Speaker
):
    speaker.say(AssistantGone())

    events = await everything(chat.send(await chat.conversation()))

    reply = reply_of(events[-1])
    assert reply.state == message_pb.Message.STATE_FAILED
    assert reply.failure_reason == reasons.ERROR_REASON_ASSISTANT_NOT_FOUND


async def test_a_reply_that_only_thinks_is_stopped_by_the_budget(
    chat_database: str, redis_url: str, speaker: Speaker, identity: Identity, chat: Chat
):
    async with (
        chat_serving(
            chat_database,
            speaker.address,
            identity,
            redis_url=redis_url,
            name="chat-2",
            budget_tokens_per_day=2_000,
        ) as address,
        channel_to(address) as channel,
    ):
        bounded = Chat(chat.user, chat.me, channel)
        speaker.say(*(thought("hm ", 100) for _ in range(40)))
        async with asyncio.timeout(20):
            events = await everything(bounded.send(await bounded.conversation()))

    stopped = events[-1].event.stopped
    assert stopped.reason == reasons.ERROR_REASON_BUDGET_EXHAUSTED
    used = stopped.reply.usage
    assert used.input_tokens + used.output_tokens == 2_000
