"""What is imported is shown by the other services of chat, and gone on with."""

import json

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import transfer_service_pb2 as pb
from parley.chat.v1 import transfer_service_pb2_grpc as pb_grpc
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.exports.transferring import sample


async def imported(chat: Chat, file: bytes) -> None:
    """Import a file."""
    stub: pb_grpc.TransferServiceAsyncStub = pb_grpc.TransferServiceStub(chat.channel)
    created = await stub.CreateImport(
        pb.CreateImportRequest(
            parent=f"users/{chat.user}",
            import_job=pb.ImportJob(size_bytes=len(file)),
        ),
        metadata=chat.me,
    )
    name = created.import_job.name
    await stub.UploadImport(
        pb.UploadImportRequest(name=name, data=file), metadata=chat.me
    )
    request = pb.RunImportRequest(name=name)
    *_, last = await everything(stub.RunImport(request, metadata=chat.me))
    assert last.done.complete


async def test_imported_conversations_are_listed_and_gone_on_with(chat: Chat):
    await imported(chat, sample("chatgpt.json"))
    await imported(chat, sample("parley.json"))
    request = conversations_pb.ListConversationsRequest(parent=f"users/{chat.user}")

    listed = await chat.conversations.ListConversations(request, metadata=chat.me)

    everything_, colour = listed.conversations
    assert [everything_.title, colour.title] == ["Everything", "Name a colour, please"]
    assert everything_.tags == ["Work", "ünïcode"]
    messages = await chat.listed(everything_.name)
    original = json.loads(sample("parley.json"))["conversations"][0]["messages"]
    assert [each.text for each in messages] == [each["text"] for each in original]
    placed = {""}
    for message in messages:
        assert message.parent_message in placed
        placed.add(message.name)
    assert everything_.current_message == messages[2].name

    await everything(chat.send(colour.name, "Another"))
    after = await chat.listed(colour.name)
    assert [each.text for each in after][:2] == ["Name a   colour,\nplease", "Another"]
    assert after[1].parent_message == after[0].name
