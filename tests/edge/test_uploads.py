"""Files on their way in: whole parts in every protocol, and one stream by gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1 import document_service_pb2_grpc as pb_grpc
from parley.llm.v1 import speech_service_pb2
from services.llm.media.model import MAX_AUDIO
from tests.edge.envoy_process import Envoy
from tests.edge.protocols import Client, JsonClient, bearer
from tests.edge.rpcs import APPEND, NAME, TRANSCRIBE, UPLOAD_DOCUMENT
from tests.edge.servicers import Script
from tests.edge.tokens import USER

MIB = 1024 * 1024
DOCUMENT = f"users/{USER}/documents/{NAME[-36:]}"


def stub(channel: grpc.aio.Channel) -> pb_grpc.DocumentServiceAsyncStub:
    return pb_grpc.DocumentServiceStub(channel)


async def test_the_largest_part_of_a_document_is_let_through(
    script: Script, client: Client, token: str
) -> None:
    part = pb.AppendDocumentRequest(name=DOCUMENT, offset=1, data=bytes(512 * 1024))

    answer = await client.call(APPEND, part, token=token)

    assert answer.code == "OK"
    assert script.last.request == part


async def test_the_largest_recording_is_let_through(
    script: Script, client: Client, token: str
) -> None:
    recording = speech_service_pb2.TranscribeSpeechRequest(
        audio=bytes(MAX_AUDIO), media_type="audio/webm", language="en"
    )

    answer = await client.call(TRANSCRIBE, recording, token=token)

    assert answer.code == "OK"
    assert script.last.request == recording


async def test_a_recording_is_held_to_a_limit_too(
    script: Script, client: Client, token: str
) -> None:
    recording = speech_service_pb2.TranscribeSpeechRequest(audio=bytes(2 * MIB))

    answer = await client.call(TRANSCRIBE, recording, token=token)

    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE")
    assert not script.seen


async def test_a_file_is_streamed_in_and_answered_meanwhile(
    script: Script, envoy: Envoy, token: str
) -> None:
    """More than the edge holds of other requests, and each chunk as it comes."""
    answered = asyncio.Event()
    chunks = 8

    async def requests() -> AsyncIterator[Any]:
        yield pb.UploadDocumentRequest(start=pb.CreateDocumentRequest(parent=DOCUMENT))
        for _ in range(chunks):
            await answered.wait()
            answered.clear()
            yield pb.UploadDocumentRequest(chunk=bytes(MIB))

    sizes = []
    async with grpc.aio.insecure_channel(envoy.target) as channel:
        metadata = tuple(bearer(token).items())
        call = stub(channel).UploadDocument(requests(), metadata=metadata)
        async for response in call:
            sizes.append(response.document.uploaded_bytes)
            answered.set()

    assert sizes == [0, *[MIB] * chunks]


async def test_a_stream_without_a_token_is_refused(
    script: Script, envoy: Envoy
) -> None:
    async def requests() -> AsyncIterator[Any]:
        # A write into what is refused by now would be the status, as grpcio has it.
        await asyncio.Event().wait()
        yield pb.UploadDocumentRequest(chunk=b"x")

    async with grpc.aio.insecure_channel(envoy.target) as channel:
        call = stub(channel).UploadDocument(requests())
        code = await call.code()

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert not script.seen


async def test_json_has_no_form_for_it(
    script: Script, json_client: JsonClient, token: str
) -> None:
    for path in (UPLOAD_DOCUMENT.rest, UPLOAD_DOCUMENT.path):
        answer = await json_client.send(UPLOAD_DOCUMENT, path, "{}", token=token)

        assert (answer.code, answer.reason) == ("UNIMPLEMENTED", "UNKNOWN_METHOD")
    assert not script.seen
