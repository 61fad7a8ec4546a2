"""JSON that is not the request's is refused, and says which field is unknown."""

import json

import pytest

from parley.chat.v1 import message_service_pb2
from parley.llm.v1 import generation_pb2, generation_service_pb2
from tests.edge.protocols import JsonClient, Rpc
from tests.edge.rpcs import (
    CREATE_USER,
    EMPTY,
    GENERATE,
    GET,
    LIST_MODELS,
    NAME,
    REFRESH,
    SEND,
)
from tests.edge.servicers import Script

MESSAGES = f"/v1/{NAME}/messages:send"


@pytest.mark.asvs("2.2.1", "15.3.3")
@pytest.mark.parametrize(
    ("rpc", "path", "body", "field"),
    [
        (SEND, MESSAGES, {"text": "a", "requestid": "b"}, "requestid"),
        (SEND, MESSAGES, {"text": "a", "Text": "b"}, "Text"),
        (SEND, MESSAGES, {"text": "a", "": 1}, None),
        (SEND, MESSAGES, {"text": "a", "<b>": 1}, None),
        (SEND, MESSAGES, {"text": "a", "x" * 1000: 1}, None),
        (REFRESH, "/v1/sessions:refresh", {"token": "a"}, "token"),
        (CREATE_USER, "/v1/users", {"user": {"emial": "a@b.c"}}, "user.emial"),
        (CREATE_USER, "/v1/users", {"user": {"email": "a"}, "passwd": ""}, "passwd"),
        (GENERATE, "/v1/models:generate", {"turns": [{"txt": "a"}]}, "turns.txt"),
        (
            GENERATE,
            "/v1/models:generate",
            {"turns": [{"role": "ROLE_USER", "text": "a"}, {"text": "b", "at": 1}]},
            "turns.at",
        ),
    ],
)
async def test_an_unknown_field_is_named(
    rpc: Rpc,
    path: str,
    body: dict[str, object],
    field: str | None,
    script: Script,
    json_client: JsonClient,
    token: str,
) -> None:
    answer = await json_client.send(rpc, path, json.dumps(body), token=token)

    assert (answer.code, answer.http) == ("INVALID_ARGUMENT", 400)
    assert answer.reason == "UNKNOWN_FIELD"
    assert answer.metadata.get("field") == field
    assert not script.seen


@pytest.mark.asvs("15.3.3", "15.3.7")
@pytest.mark.parametrize(
    ("rpc", "path", "field"),
    [
        (GET, f"/v1/{NAME}?foo=1", "foo"),
        (GET, f"/v1/{NAME}?name=users/x", "name"),
        (LIST_MODELS, "/v1/models?page_size=1&page.size=2", "page.size"),
        (LIST_MODELS, "/v1/models?access_token=x", "access_token"),
        (SEND, f"{MESSAGES}?model=x", "model"),
    ],
)
async def test_an_unknown_parameter_is_named(
    rpc: Rpc,
    path: str,
    field: str,
    script: Script,
    json_client: JsonClient,
    token: str,
) -> None:
    answer = await json_client.send(rpc, path, '{"text":"a"}', token=token)

    assert (answer.reason, answer.metadata) == ("UNKNOWN_FIELD", {"field": field})
    assert not script.seen


@pytest.mark.asvs("15.3.5")
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "{}}",
        "{} {}",
        "[]",
        '"text"',
        "null",
        "1",
        "\ufeff{}",
        '{"text":"a",}',
        '{"text"}',
        '{"text":}',
        '{text:"a"}',
        "{'text':'a'}",
        '{"text":"a" "model":"b"}',
        '{"text":"a"//\n}',
        '{"text":"\n"}',
        '{"text":"\\x41"}',
        '{"text":"\\u00g0"}',
        '{"text":"\\ud800"}',
        '{"text":"a',
        '{"text":NaN}',
        '{"text":01}',
        '{"text":+1}',
        '{"text":1.}',
        '{"text":tru}',
        '{"text":5}',
        '{"text":["a"]}',
        '{"text":{"a":1}}',
        '{"text":"a","parent":"users/other/conversations/1"}',
        b'{"text":"\xff"}',
        b"\x00",
        '{"text":' + "[" * 100_000,
        '{"text":' + '{"a":' * 100_000,
    ],
)
async def test_what_is_not_the_json_of_the_request(
    body: str | bytes, script: Script, json_client: JsonClient, token: str
) -> None:
    answer = await json_client.send(SEND, MESSAGES, body, token=token)

    assert (answer.code, answer.http) == ("INVALID_ARGUMENT", 400)
    assert answer.reason == "INVALID_JSON"
    assert not script.seen


@pytest.mark.asvs("3.5.2")
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", ""]
)
async def test_only_a_body_that_calls_itself_json_is_read(
    content_type: str, script: Script, json_client: JsonClient
) -> None:
    headers = {"content-type": content_type}

    answer = await json_client.send(REFRESH, REFRESH.rest, "{}", headers=headers)

    assert answer.reason == "INVALID_JSON"
    assert not script.seen


async def test_a_parameter_of_another_type(json_client: JsonClient, token: str) -> None:
    answer = await json_client.send(
        LIST_MODELS, "/v1/models?page_size=many", "", token=token
    )

    assert answer.reason == "INVALID_JSON"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ("{}", ""),
        (' \r\n\t{ "text" : "a" } ', "a"),
        ('{"text":null}', ""),
        (r'{"text":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}', '"\\/\b\f\n\r\té😀'),
        (f'{{"text":"a","parent":"{NAME}"}}', "a"),
    ],
)
async def test_good_json_is_read(
    body: str, text: str, script: Script, json_client: JsonClient, token: str
) -> None:
    answer = await json_client.send(SEND, MESSAGES, body, token=token)

    assert answer.code == "OK"
    assert script.last.request == message_service_pb2.SendMessageRequest(
        parent=NAME, text=text
    )


async def test_a_nested_message_is_read(
    script: Script, json_client: JsonClient
) -> None:
    body = '{"user":{"email":"a@b.c","createTime":"2026-01-01T00:00:00Z"}}'

    answer = await json_client.send(CREATE_USER, "/v1/users", body)

    assert answer.code == "OK"
    assert type(script.last.request) is not type(EMPTY)


async def test_the_keys_of_a_map_are_data(
    script: Script, json_client: JsonClient, token: str
) -> None:
    body = '{"options":{"promptVariables":{"any key":"a","\\u0062":"c"}}}'

    answer = await json_client.send(GENERATE, GENERATE.rest, body, token=token)

    assert answer.code == "OK"
    assert script.last.request == generation_service_pb2.GenerateRequest(
        options=generation_pb2.GenerationOptions(
            prompt_variables={"any key": "a", "b": "c"}
        )
    )
