"""One port serves gRPC, gRPC-Web, JSON with event streams, and the web app."""

import pytest
from aiohttp import web
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from parley.chat.v1 import (
    conversation_service_pb2,
    message_service_pb2,
    transfer_service_pb2,
)
from tests.edge.envoy_process import Envoy
from tests.edge.parts import PAGE
from tests.edge.protocols import Client, JsonClient, bearer, events
from tests.edge.rpcs import (
    ASK,
    ASK_A_MODEL,
    ASK_FOR_IT,
    CREATE_USER,
    EXPORT,
    EXPORT_IT,
    GENERATE,
    GET,
    MESSAGE,
    NAME,
    NEW_USER,
    REFRESH,
    REFRESH_IT,
    RESUME,
    RESUME_IT,
    SEND,
    UPDATE,
    UPLOAD,
)
from tests.edge.servicers import COOKIE, Script
from tests.edge.tokens import USER


async def test_a_call_without_a_token_signs_up(script: Script, client: Client) -> None:
    answer = await client.call(CREATE_USER, NEW_USER)

    assert answer.code == "OK"
    assert answer.responses == [CREATE_USER.response(user=NEW_USER.user)]
    assert script.last.request == NEW_USER


async def test_a_call_with_a_token_reaches_the_part_with_it(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=token)

    assert answer.code == "OK"
    assert answer.responses == [GET.response(conversation={"name": NAME})]
    assert script.last.request == ASK_FOR_IT
    assert script.last.metadata["authorization"] == f"Bearer {token}"


async def test_a_reply_streams(script: Script, client: Client, token: str) -> None:
    answer = await client.call(SEND, ASK, token=token)

    assert answer.code == "OK"
    assert kinds(answer.responses) == ["accepted", "delta", "delta", "completed"]
    assert script.last.request == ASK


async def test_a_model_is_asked_through_the_edge_too(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(GENERATE, ASK_A_MODEL, token=token)

    assert answer.responses == [GENERATE.response(delta={"text": "Hello"})]
    assert script.last.request == ASK_A_MODEL


@pytest.mark.asvs("4.1.1")
async def test_json_streams_are_server_sent_events(
    script: Script, envoy: Envoy, token: str
) -> None:
    async with envoy.http.post(
        f"{envoy.url}/v1/{NAME}/messages:send",
        json={"text": "Hello?"},
        headers=bearer(token),
    ) as response:
        text = await response.text()

    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert text.endswith("\n\n")
    assert len(events(text)) == 4
    assert '"text":"Hel"' in events(text)[1]


async def test_a_reply_is_resumed_by_a_get_that_streams(
    script: Script, client: Client, envoy: Envoy, token: str
) -> None:
    answer = await client.call(RESUME, RESUME_IT, token=token)
    async with envoy.http.get(
        f"{envoy.url}/v1/{MESSAGE}:resume?after_seq=3", headers=bearer(token)
    ) as response:
        text = await response.text()

    assert kinds(answer.responses) == ["accepted", "delta", "delta", "completed"]
    assert response.content_type == "text/event-stream"
    assert len(events(text)) == 4
    assert script.last.request == message_service_pb2.ResumeReplyRequest(
        name=MESSAGE, after_seq=3
    )


async def test_a_file_is_streamed_in_every_protocol(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(EXPORT, EXPORT_IT, token=token)

    assert answer.responses == [EXPORT.response(chunk=b"\0file\xff")]


async def test_the_largest_part_of_a_file_is_let_through(
    script: Script, client: Client, token: str
) -> None:
    part = transfer_service_pb2.UploadImportRequest(
        name=f"users/{USER}/imports/{NAME[-36:]}", offset=1, data=bytes(256 * 1024)
    )

    answer = await client.call(UPLOAD, part, token=token)

    assert answer.code == "OK"
    assert script.last.request == part


async def test_json_updates_with_a_patch(
    script: Script, json_client: JsonClient, token: str
) -> None:
    body = '{"conversation":{"title":"Why","pinned":true},"updateMask":"title,pinned"}'

    answer = await json_client.send(UPDATE, f"/v1/{NAME}", body, token=token)

    assert answer.code == "OK"
    assert script.last.request == conversation_service_pb2.UpdateConversationRequest(
        conversation=conversation_service_pb2.Conversation(
            name=NAME, title="Why", pinned=True
        ),
        update_mask=FieldMask(paths=["title", "pinned"]),
    )


async def test_a_large_answer_comes_whole(
    script: Script, client: Client, token: str
) -> None:
    script.title = "x" * 3_000_000

    answer = await client.call(GET, ASK_FOR_IT, token=token)

    assert answer.code == "OK"
    (response,) = answer.responses
    assert len(response.SerializeToString()) > 3_000_000


async def test_a_message_of_the_greatest_length_is_let_through(
    script: Script, client: Client, token: str
) -> None:
    # Twelve bytes for each of these characters when JSON escapes them.
    longest = message_service_pb2.SendMessageRequest(parent=NAME, text="😀" * 32_000)

    answer = await client.call(SEND, longest, token=token)

    assert answer.code == "OK"
    assert script.last.request == longest


async def test_the_refresh_cookie_comes_and_goes(
    script: Script, client: Client
) -> None:
    cookie = {"cookie": "__Host-parley_refresh=old"}

    answer = await client.call(REFRESH, REFRESH_IT, headers=cookie)

    assert answer.headers["set-cookie"] == COOKIE
    assert script.last.metadata["cookie"] == "__Host-parley_refresh=old"


@pytest.mark.asvs("10.1.1")
async def test_the_cookie_is_given_to_auth_alone(
    script: Script, client: Client, token: str
) -> None:
    cookie = {"cookie": "__Host-parley_refresh=old"}

    await client.call(GET, ASK_FOR_IT, token=token, headers=cookie)

    assert "cookie" not in script.last.metadata


@pytest.mark.asvs("10.1.1")
async def test_every_other_path_is_a_page(
    envoy: Envoy, pages_asked_for: list[web.Request], token: str
) -> None:
    headers = {"cookie": "secret=1", **bearer(token)}
    async with envoy.http.get(f"{envoy.url}/sign-in?x=1", headers=headers) as response:
        text = await response.text()

    assert (response.status, text) == (200, PAGE)
    assert response.headers["etag"] == '"1"'
    assert response.headers["cache-control"] == "no-cache"
    asked = pages_asked_for[-1]
    assert asked.path_qs == "/sign-in?x=1"
    assert not {"cookie", "authorization"} & {key.lower() for key in asked.headers}


async def test_the_head_of_a_page_can_be_asked_for(envoy: Envoy) -> None:
    async with envoy.http.head(f"{envoy.url}/") as response:
        assert response.status == 200


async def test_the_edge_says_itself_that_it_is_well(envoy: Envoy) -> None:
    async with envoy.http.get(f"{envoy.url}/healthz") as response:
        assert response.status == 200
        assert not await response.read()
        assert not [key for key in response.headers if key.startswith("x-envoy")]


async def test_json_may_be_written_in_either_case_and_read_in_lower_camel(
    script: Script, json_client: JsonClient, token: str
) -> None:
    for body in ('{"text":"a","requestId":"b"}', '{"text":"a","request_id":"b"}'):
        await json_client.send(SEND, f"/v1/{NAME}/messages:send", body, token=token)

        assert script.last.request == message_service_pb2.SendMessageRequest(
            parent=NAME, text="a", request_id="b"
        )


def kinds(responses: list[Message]) -> list[str | None]:
    """Name the events of a reply."""
    replies = (
        message_service_pb2.SendMessageResponse,
        message_service_pb2.ResumeReplyResponse,
    )
    return [
        response.event.WhichOneof("event")
        for response in responses
        if isinstance(response, replies)
    ]
