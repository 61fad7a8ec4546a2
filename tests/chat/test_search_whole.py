"""SearchService, as chat serves it, over what was sent to chat."""

from parley.chat.v1 import search_service_pb2 as pb
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from tests.calls import everything
from tests.chat.conftest import Chat


async def test_what_was_said_and_answered_is_found(chat: Chat):
    events = await everything(chat.send(await chat.conversation(), "Unheard-of things"))
    said, reply = events[0].event.accepted.message, events[-1].event.completed.reply
    searches: pb_grpc.SearchServiceAsyncStub = pb_grpc.SearchServiceStub(chat.channel)

    found = [
        [
            hit.message
            for hit in (
                await searches.SearchMessages(
                    pb.SearchMessagesRequest(parent=f"users/{chat.user}", query=query),
                    metadata=chat.me,
                )
            ).hits
        ]
        for query in ("unheard", f'"{reply.text[:150]}"')
    ]

    assert found == [[said.name], [reply.name]]
