"""The gRPC surface of speech and images: request in, call, response out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from parley.llm.v1 import image_service_pb2 as images_pb
from parley.llm.v1 import image_service_pb2_grpc as images_grpc
from parley.llm.v1 import speech_service_pb2 as speech_pb
from parley.llm.v1 import speech_service_pb2_grpc as speech_grpc
from services.kit import fields
from services.kit.fields import InvalidField
from services.llm.media.images import Images
from services.llm.media.model import (
    AUDIO,
    MAX_AUDIO,
    MAX_DESCRIPTION,
    MAX_IMAGES,
    MAX_SPEED,
    MAX_SPOKEN,
    MAX_VOICE,
    MIN_SPEED,
    SIZES,
)
from services.llm.media.speech import TYPE, Speech

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
MAX_LANGUAGE = 35  # characters of a BCP 47 tag
HEARTBEAT_SECONDS = 15.0


class SpeechServicer(speech_grpc.SpeechServiceServicer):
    """Serves `parley.llm.v1.SpeechService`."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    async def TranscribeSpeech(
        self, request: speech_pb.TranscribeSpeechRequest, context: Context
    ) -> speech_pb.TranscribeSpeechResponse:
        media_type = request.media_type.partition(";")[0].strip().lower()
        if media_type not in AUDIO:
            raise InvalidField(field="media_type", expected=", ".join(AUDIO))
        if len(request.audio) > MAX_AUDIO:
            raise InvalidField(field="audio", expected=f"at most {MAX_AUDIO} bytes")
        language = fields.text("language", request.language, maximum=MAX_LANGUAGE)
        text = await self._speech.transcribe(request.audio, media_type, language)
        return speech_pb.TranscribeSpeechResponse(
            text=text, model=self._speech.transcription_model
        )

    async def SynthesizeSpeech(
        self, request: speech_pb.SynthesizeSpeechRequest, context: Context
    ) -> AsyncIterator[speech_pb.SynthesizeSpeechResponse]:
        text = fields.text("text", request.text, minimum=1, maximum=MAX_SPOKEN)
        voice = fields.text("voice", request.voice, maximum=MAX_VOICE)
        speed = request.speed or 1.0
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise InvalidField(field="speed", expected=f"{MIN_SPEED} to {MAX_SPEED}")
        media_type = TYPE
        chunks = self._speech.speak(text, voice, speed)
        async with aclosing(chunks):  # type: ignore[type-var]  # is a generator
            async for chunk in chunks:
                yield speech_pb.SynthesizeSpeechResponse(
                    chunk=chunk, media_type=media_type
                )
                media_type = ""


class ImageServicer(images_grpc.ImageServiceServicer):
    """Serves `parley.llm.v1.ImageService`."""

    def __init__(self, images: Images) -> None:
        self._images = images

    async def GenerateImages(
        self, request: images_pb.GenerateImagesRequest, context: Context
    ) -> AsyncIterator[images_pb.GenerateImagesResponse]:
        prompt = fields.text(
            "prompt", request.prompt, minimum=1, maximum=MAX_DESCRIPTION
        )
        if not 0 <= request.count <= MAX_IMAGES:
            raise InvalidField(field="count", expected=f"1 to {MAX_IMAGES}")
        if request.size and request.size not in SIZES:
            raise InvalidField(field="size", expected=", ".join(sorted(SIZES)))
        Response = images_pb.GenerateImagesResponse
        making = asyncio.create_task(
            self._images.make(prompt, request.count or 1, request.size)
        )
        try:
            while not making.done():
                done, _ = await asyncio.wait([making], timeout=HEARTBEAT_SECONDS)
                if not done:
                    yield Response(heartbeat=Response.Heartbeat())
            for picture in await making:
                yield Response(
                    image=Response.Image(
                        data=picture.data, media_type=picture.media_type
                    )
                )
            yield Response(completed=Response.Completed(model=self._images.model))
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
