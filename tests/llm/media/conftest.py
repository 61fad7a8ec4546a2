"""SpeechService and ImageService, as users reach them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

import grpc
import pytest

from parley.llm.v1 import image_service_pb2 as images_pb
from parley.llm.v1 import image_service_pb2_grpc as images_grpc
from parley.llm.v1 import speech_service_pb2 as speech_pb
from parley.llm.v1 import speech_service_pb2_grpc as speech_grpc
from services.kit.interceptors import bearer
from services.kit.server import serving
from services.llm.media.endpoint import Endpoint
from services.llm.media.images import Images
from services.llm.media.model import (
    ImagesUnavailable,
    SpeechUnavailable,
)
from services.llm.media.servicers import ImageServicer, SpeechServicer
from services.llm.media.speech import Speech
from services.llm.metering.meter import Meter
from services.llm.metering.ports import Holds
from services.llm.providers.openai import client_session
from tests.doubles.media_server import Media, media_serving
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Reached:
    """The services as a user reaches them."""

    speech: speech_grpc.SpeechServiceAsyncStub
    images: images_grpc.ImageServiceAsyncStub
    me: Metadata

    async def transcribe(self, **fields: object) -> speech_pb.TranscribeSpeechResponse:
        """Have a recording written down."""
        given = {"audio": b"OggS", "media_type": "audio/ogg", **fields}
        request = speech_pb.TranscribeSpeechRequest(**given)  # type: ignore[arg-type]  # by name
        return await self.speech.TranscribeSpeech(request, metadata=self.me)

    def speak(
        self, **fields: object
    ) -> grpc.aio.UnaryStreamCall[
        speech_pb.SynthesizeSpeechRequest, speech_pb.SynthesizeSpeechResponse
    ]:
        """Have a text spoken."""
        request = speech_pb.SynthesizeSpeechRequest(**{"text": "Hi", **fields})  # type: ignore[arg-type]  # by name
        return self.speech.SynthesizeSpeech(request, metadata=self.me)

    def draw(
        self, **fields: object
    ) -> grpc.aio.UnaryStreamCall[
        images_pb.GenerateImagesRequest, images_pb.GenerateImagesResponse
    ]:
        """Have images made."""
        request = images_pb.GenerateImagesRequest(**{"prompt": "A fox", **fields})  # type: ignore[arg-type]  # by name
        return self.images.GenerateImages(request, metadata=self.me)


@asynccontextmanager
async def reaching(
    url: str | None,
    *,
    holds: Holds | None = None,
    identity: Identity | None = None,
    user: UUID | None = None,
) -> AsyncIterator[Reached]:
    """Serve both over an endpoint, if there is one."""
    identity = identity or Identity()
    async with client_session() as session:
        hearing = Endpoint(session, url, SpeechUnavailable, "sk-1") if url else None
        seeing = Endpoint(session, url, ImagesUnavailable, "sk-2") if url else None
        speech = Speech(hearing, "whisper", "tts", "alloy")
        async with (
            serving(
                partial(
                    speech_grpc.add_SpeechServiceServicer_to_server,
                    SpeechServicer(speech, Meter(holds)),
                ),
                partial(
                    images_grpc.add_ImageServiceServicer_to_server,
                    ImageServicer(Images(seeing, "painter"), Meter(holds)),
                ),
                services=(),
                address=ANY_PORT,
                authenticate=bearer(identity.verifier()),
                drain_seconds=0,
            ) as port,
            channel_to(f"127.0.0.1:{port}") as channel,
        ):
            yield Reached(
                speech_grpc.SpeechServiceStub(channel),
                images_grpc.ImageServiceStub(channel),
                bearing(identity.token(user or uuid4())),
            )


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    async with media_serving() as media:
        yield media


@pytest.fixture
async def reached(media: Media) -> AsyncIterator[Reached]:
    async with reaching(media.url) as reached:
        yield reached
