"""Where a request ends is said in one way, or it is refused: nothing is smuggled."""

import asyncio
import struct

import pytest

from tests.edge.envoy_process import Envoy
from tests.edge.rpcs import CREATE_USER
from tests.edge.servicers import Script

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: parley\r\n\r\n"
HEAD = (
    f"POST {CREATE_USER.rest} HTTP/1.1\r\nhost: parley\r\n"
    "content-type: application/json\r\n"
).encode()
DATA, HEADERS, RESET, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS = 1, 4


async def answer(envoy: Envoy, request: bytes) -> bytes:
    """Send bytes of HTTP/1.1; return all that comes until the edge hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", envoy.edge.port)
    writer.write(request)
    said = await reader.read()
    writer.close()
    return said


async def first_frame(envoy: Envoy, request: bytes) -> int:
    """Send frames of HTTP/2; return the kind of the first that answers stream 1."""
    reader, writer = await asyncio.open_connection("127.0.0.1", envoy.edge.port)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + request)
    stream = 0
    while stream != 1:
        size, kind, _, stream = struct.unpack(
            ">IBBI", b"\0" + await reader.readexactly(9)
        )
        await reader.readexactly(size)
    writer.close()
    return int(kind)


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize(
    "lengths",
    [
        b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"content-length: 2\r\ncontent-length: 40\r\n\r\n{}",
        b"content-length: +2\r\n\r\n{}",
        b"content-length: 2, 40\r\n\r\n{}",
        b"transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        b"content-length : 2\r\n\r\n{}",
    ],
)
async def test_a_request_of_two_lengths_is_refused_with_what_follows(
    envoy: Envoy, script: Script, lengths: bytes
) -> None:
    said = await answer(envoy, HEAD + lengths + SMUGGLED)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1
    assert not script.seen


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Write a frame of HTTP/2."""
    size = struct.pack(">I", len(payload))[1:]
    return size + struct.pack(">BBI", kind, flags, stream) + payload


def headers(length: int) -> bytes:
    """Write the headers of a call, none of them compressed (RFC 7541, 6.2.2)."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": CREATE_USER.path,
        ":authority": "parley",
        "content-type": "application/grpc",
        "te": "trailers",
        "content-length": str(length),
    }
    return b"".join(
        b"\0"
        + bytes([len(name)])
        + name.encode()
        + bytes([len(value)])
        + value.encode()
        for name, value in fields.items()
    )


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize(("length", "kind"), [(5, HEADERS), (4, RESET), (40, RESET)])
async def test_a_length_that_the_frames_do_not_have_is_refused(
    envoy: Envoy, script: Script, length: int, kind: int
) -> None:
    sent = frame(HEADERS, END_HEADERS, 1, headers(length))

    found = await first_frame(envoy, sent + frame(DATA, END_STREAM, 1, bytes(5)))

    assert found == kind
    assert bool(script.seen) is (kind == HEADERS)
