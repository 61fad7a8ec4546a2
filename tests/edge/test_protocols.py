"""One port serves gRPC, gRPC-Web, JSON with event streams, and the web app."""


from tests.edge.parts import Script
from tests.edge.protocols import Client
from tests.edge.rpcs import (
    ASK,
    ASK_FOR_IT,
    CREATE_USER,
    GET,
    NAME,
    NEW_USER,
    SEND,
)


async def test_a_call_without_a_token_signs_up(script: Script, client: Client) -> None:
    answer = await client.call(CREATE_USER, NEW_USER)

    assert answer.code == "OK"
    assert answer.responses[0].user == NEW_USER.user  # type: ignore[attr-defined]
    assert script.last.request == NEW_USER


async def test_a_call_with_a_token_reaches_the_part_with_it(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=token)

    assert answer.code == "OK"
    assert answer.responses[0].conversation.name == NAME  # type: ignore[attr-defined]
    assert script.last.metadata["authorization"] == f"Bearer {token}"


async def test_a_reply_streams(script: Script, client: Client, token: str) -> None:
    answer = await client.call(SEND, ASK, token=token)

    assert answer.code == "OK"
    assert [event.event.WhichOneof("event") for event in answer.responses] == [  # type: ignore[attr-defined]
        "accepted",
        "delta",
        "delta",
        "completed",
    ]
    assert script.last.request == ASK
