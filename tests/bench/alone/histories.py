"""Conversations that have gone on for a while."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc

from parley.chat.v1 import conversation_service_pb2 as conversation_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversation_grpc
from parley.chat.v1 import transfer_service_pb2 as transfer_pb
from parley.chat.v1 import transfer_service_pb2_grpc as transfer_grpc
from tests.bench.alone.people import People
from tests.doubles.script import words

# About 50 tokens, answered with 200.
SAID = "Tell me more about that, and about what came before it. " * 4
WRITTEN = "".join(words(200))
TIME = "2026-01-01T08:00:00Z"
PART = 256 * 1024  # what one upload takes


@dataclass(frozen=True)
class History:
    """A conversation, and its last message."""

    user: UUID
    conversation: str
    last: str


async def histories(
    channel: grpc.aio.Channel, people: People, messages: int, *, count: int
) -> Sequence[History]:
    """Import so many conversations of so many messages, each of another user."""
    return [await history(channel, people, messages) for _ in range(count)]


async def history(channel: grpc.aio.Channel, people: People, messages: int) -> History:
    """Import a conversation."""
    user = uuid4()
    parent, me = f"users/{user}", people.metadata(user)
    file = exported(messages)
    stub = transfer_grpc.TransferServiceStub(channel)
    created = await stub.CreateImport(
        transfer_pb.CreateImportRequest(
            parent=parent, import_job=transfer_pb.ImportJob(size_bytes=len(file))
        ),
        metadata=me,
    )
    name = created.import_job.name
    for offset in range(0, len(file), PART):
        part = file[offset : offset + PART]
        request = transfer_pb.UploadImportRequest(name=name, offset=offset, data=part)
        await stub.UploadImport(request, metadata=me)
    async for _ in stub.RunImport(transfer_pb.RunImportRequest(name=name), metadata=me):
        pass
    conversations = conversation_grpc.ConversationServiceStub(channel)
    listed = await conversations.ListConversations(
        conversation_pb.ListConversationsRequest(parent=parent), metadata=me
    )
    (conversation,) = listed.conversations
    return History(user, conversation.name, conversation.current_message)


def exported(messages: int) -> bytes:
    """Write the file of one conversation, question and answer in turn."""
    ids = [str(number) for number in range(messages)]
    turns = [
        message(id, parent, asked=number % 2 == 0)
        for number, (id, parent) in enumerate(zip(ids, [None, *ids], strict=False))
    ]
    conversation = {
        "id": "0",
        "title": f"{messages} messages",
        "create_time": TIME,
        "update_time": TIME,
        "current_message": ids[-1],
        "messages": turns,
    }
    whole = {"format": "parley", "version": 1, "conversations": [conversation]}
    return json.dumps(whole).encode()


def message(id: str, parent: str | None, *, asked: bool) -> dict[str, Any]:
    """Write one message of the file."""
    said = {
        "id": id,
        "parent": parent,
        "role": "user" if asked else "assistant",
        "text": SAID if asked else WRITTEN,
        "create_time": TIME,
        "end_time": TIME,
    }
    return said if asked else {**said, "state": "completed", "model": "scripted"}
