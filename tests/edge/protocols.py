"""The three ways to call the API, which a test can take in turn."""

import base64
import json
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from tests.edge.envoy_process import Envoy

Headers = Mapping[str, str]
NONE: Headers = {}
CODES: dict[int, str] = {code.value[0]: code.name for code in grpc.StatusCode}


@dataclass(frozen=True)
class Rpc:
    """One RPC: where each protocol finds it, and what it answers with."""

    path: str
    verb: str
    rest: str
    response: type[Message]
    streams: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, the same for every protocol."""

    code: str
    message: str = ""
    status: status_pb2.Status = field(default_factory=status_pb2.Status)
    responses: list[Message] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    http: int = 200

    @property
    def infos(self) -> list[error_details_pb2.ErrorInfo]:
        """Every `ErrorInfo` that the error has."""
        found = []
        for detail in self.status.details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                found.append(info)
        return found

    @property
    def reason(self) -> str:
        """The reason of the one `ErrorInfo`, which the error must have."""
        (info,) = self.infos
        assert info.domain == "parley.dev"
        assert CODES[self.status.code] == self.code
        assert self.status.message == self.message
        return str(info.reason)

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the one `ErrorInfo`."""
        (info,) = self.infos
        return dict(info.metadata)

    @property
    def retry_seconds(self) -> int | None:
        """When to try again, if the error says so."""
        found = error_details_pb2.RetryInfo()
        for detail in self.status.details:
            if detail.Unpack(found):
                return int(found.retry_delay.seconds)
        return None


class Client(Protocol):
    """One way to call."""

    async def call(
        self, rpc: Rpc, request: Message, *, token: str = "", headers: Headers = NONE
    ) -> Answer:
        """Call, and read all of the answer."""


class GrpcClient:
    """gRPC, HTTP/2 without TLS."""

    def __init__(self, envoy: Envoy, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def open(
        self, rpc: Rpc, request: Message, *, token: str = "", headers: Headers = NONE
    ) -> grpc.aio.UnaryStreamCall[Message, Message]:
        """Call, and read nothing yet."""
        method: grpc.aio.UnaryStreamMultiCallable[Message, Message]
        method = self._channel.unary_stream(
            rpc.path,
            request_serializer=serialize,
            response_deserializer=rpc.response.FromString,
        )
        return method(request, metadata=tuple({**headers, **bearer(token)}.items()))

    async def call(
        self, rpc: Rpc, request: Message, *, token: str = "", headers: Headers = NONE
    ) -> Answer:
        """Call, and read all of the answer."""
        call = self.open(rpc, request, token=token, headers=headers)
        responses: list[Message] = []
        with suppress(grpc.aio.AioRpcError):
            async for response in call:
                responses.append(response)
        said = {key: str(value) for key, value in await call.initial_metadata()}
        trailers = dict(await call.trailing_metadata() or ())
        details = trailers.get("grpc-status-details-bin", b"")
        return Answer(
            (await call.code()).name,
            await call.details() or "",
            status_pb2.Status.FromString(details),
            responses,
            {**said, **{key: str(value) for key, value in trailers.items()}},
        )


class GrpcWebClient:
    """gRPC-Web over HTTP/1.1, as connect-web in a browser speaks it."""

    def __init__(self, envoy: Envoy, channel: grpc.aio.Channel) -> None:
        self._envoy = envoy

    async def call(
        self, rpc: Rpc, request: Message, *, token: str = "", headers: Headers = NONE
    ) -> Answer:
        """Call, and read all of the answer."""
        async with self._envoy.http.post(
            f"{self._envoy.url}{rpc.path}",
            data=BytesIO(frame(request)),
            headers={
                "content-type": "application/grpc-web+proto",
                "x-grpc-web": "1",
                **headers,
                **bearer(token),
            },
        ) as response:
            body = await response.read()
            http = response.status
            said = {key.lower(): value for key, value in response.headers.items()}
        messages, trailers = unframe(body)
        # An error before the first message comes in the headers.
        said |= trailers
        details = said.get("grpc-status-details-bin", "")
        return Answer(
            CODES[int(said["grpc-status"])],
            unquote(said.get("grpc-message", "")),
            status_pb2.Status.FromString(unpadded(details)),
            [rpc.response.FromString(message) for message in messages],
            said,
            http,
        )


class JsonClient:
    """JSON over HTTP/1.1; a stream is `text/event-stream`."""

    def __init__(self, envoy: Envoy, channel: grpc.aio.Channel) -> None:
        self._envoy = envoy

    async def call(
        self, rpc: Rpc, request: Message, *, token: str = "", headers: Headers = NONE
    ) -> Answer:
        """Call, and read all of the answer."""
        said = json_format.MessageToDict(request)
        path = rpc.rest.format_map(
            {key: said.pop(key, key) for key in ("name", "parent")}
        )
        sent = said if rpc.verb == "POST" else None
        return await self.send(
            rpc, path, json.dumps(sent), token=token, headers=headers
        )

    async def send(
        self,
        rpc: Rpc,
        path: str,
        body: str | bytes,
        *,
        token: str = "",
        headers: Headers = NONE,
    ) -> Answer:
        """Send a body as it is."""
        written = body.encode() if isinstance(body, str) else body
        async with self._envoy.http.request(
            rpc.verb,
            f"{self._envoy.url}{path}",
            data=BytesIO(written) if rpc.verb in ("POST", "PATCH") else None,
            headers={"content-type": "application/json", **headers, **bearer(token)},
        ) as response:
            text = await response.text()
            http = response.status
            heads = {key.lower(): value for key, value in response.headers.items()}
        if http != 200:
            assert heads["content-type"] == "application/json", text
            status = json_format.Parse(text, status_pb2.Status())
            return Answer(CODES[status.code], status.message, status, [], heads, http)
        return Answer(
            "OK",
            responses=[
                json_format.Parse(found, rpc.response())
                for found in (events(text) if rpc.streams else [text])
            ],
            headers=heads,
        )


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token, if there is one."""
    return {"authorization": f"Bearer {token}"} if token else {}


def serialize(message: Message) -> bytes:
    """Write a message in binary."""
    return message.SerializeToString()


def frame(message: Message) -> bytes:
    """Write a message as gRPC frames it."""
    data = message.SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


def unframe(body: bytes) -> tuple[list[bytes], dict[str, str]]:
    """Read the messages and the trailers of a gRPC-Web body; a cut one has none."""
    messages, trailers = [], {}
    while len(body) >= 5:
        kind, length = struct.unpack(">BI", body[:5])
        data, body = body[5 : 5 + length], body[5 + length :]
        if kind & 0x80:
            lines = data.decode().strip().split("\r\n")
            trailers = {
                key.lower(): value.strip()
                for key, _, value in (line.partition(":") for line in lines)
            }
        else:
            messages.append(data)
    return messages, trailers


def events(text: str) -> list[str]:
    """Read the data of an event stream."""
    return [
        line.removeprefix("data: ")
        for line in text.splitlines()
        if line.startswith("data: ")
    ]


def unpadded(text: str) -> bytes:
    """Read base64 with or without its padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


Clients: dict[str, Any] = {
    "grpc": GrpcClient,
    "grpc-web": GrpcWebClient,
    "json": JsonClient,
}


@asynccontextmanager
async def clients_of(envoy: Envoy) -> AsyncIterator[list[Client]]:
    """Call one edge by every protocol."""
    async with grpc.aio.insecure_channel(envoy.target) as channel:
        yield [client(envoy, channel) for client in Clients.values()]
