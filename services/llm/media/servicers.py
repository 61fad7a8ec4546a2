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
from services.llm.guards.accounting import estimated_text
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
    Tokens,
)
from services.llm.media.speech import TYPE, Speech
from services.llm.metering.meter import Meter, Metered

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
MAX_LANGUAGE = 35  # characters of a BCP 47 tag
HEARTBEAT_SECONDS = 15.0
BYTES_PER_TOKEN = 400  # of a recording, as browsers make them: a tenth of a second
IMAGE_TOKENS = 6_300  # of an image of the best quality, as OpenAI counts them

Response = images_pb.GenerateImagesResponse


class SpeechServicer(speech_grpc.SpeechServiceServicer):
    """Serves `parley.llm.v1.SpeechService`."""

    def __init__(self, speech: Speech, meter: Meter) -> None:
        self._speech = speech
        self._meter = meter

    async def TranscribeSpeech(
        self, request: speech_pb.TranscribeSpeechRequest, context: Context
    ) -> speech_pb.TranscribeSpeechResponse:
        media_type = request.media_type.partition(";")[0].strip().lower()
        if media_type not in AUDIO:
            raise InvalidField(field="media_type", expected=", ".join(AUDIO))
        if len(request.audio) > MAX_AUDIO:
            raise InvalidField(field="audio", expected=f"at most {MAX_AUDIO} bytes")
        language = fields.text("language", request.language, maximum=MAX_LANGUAGE)
        model = self._speech.transcription_model
        read = len(request.audio) // BYTES_PER_TOKEN
        async with self._meter.metered(model, input_tokens=read) as metered:
            heard = await self._speech.transcribe(request.audio, media_type, language)
            if metered:
                guess = Tokens(read, estimated_text(heard.text))
                charge(metered, heard.tokens, guess)
        return speech_pb.TranscribeSpeechResponse(text=heard.text, model=model)

    async def SynthesizeSpeech(
        self, request: speech_pb.SynthesizeSpeechRequest, context: Context
    ) -> AsyncIterator[speech_pb.SynthesizeSpeechResponse]:
        text = fields.text("text", request.text, minimum=1, maximum=MAX_SPOKEN)
        voice = fields.text("voice", request.voice, maximum=MAX_VOICE)
        speed = request.speed or 1.0
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise InvalidField(field="speed", expected=f"{MIN_SPEED} to {MAX_SPEED}")
        media_type, guess = TYPE, Tokens(estimated_text(text), 0)
        async with (
            self._meter.metered(
                self._speech.speech_model, input_tokens=guess.read
            ) as metered,
            aclosing(self._speech.speak(text, voice, speed)) as chunks,  # type: ignore[type-var]  # is a generator
        ):
            async for chunk in chunks:
                if metered:
                    charge(metered, None, guess)
                yield speech_pb.SynthesizeSpeechResponse(
                    chunk=chunk, media_type=media_type
                )
                media_type = ""


class ImageServicer(images_grpc.ImageServiceServicer):
    """Serves `parley.llm.v1.ImageService`."""

    def __init__(self, images: Images, meter: Meter) -> None:
        self._images = images
        self._meter = meter

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
        count = request.count or 1
        guess = Tokens(estimated_text(prompt), IMAGE_TOKENS * count)
        async with self._meter.metered(
            self._images.model, input_tokens=guess.read, wanted=guess.written
        ) as metered:
            making = asyncio.create_task(self._images.make(prompt, count, request.size))
            try:
                while not making.done():
                    done, _ = await asyncio.wait([making], timeout=HEARTBEAT_SECONDS)
                    if not done:
                        yield Response(heartbeat=Response.Heartbeat())
                drawn = await making
                if metered:
                    charge(metered, drawn.tokens, guess)
                for picture in drawn.pictures:
                    yield Response(
                        image=Response.Image(
                            data=picture.data, media_type=picture.media_type
                        )
                    )
                yield Response(completed=Response.Completed(model=self._images.model))
            finally:
                making.cancel()
                await asyncio.gather(making, return_exceptions=True)


def charge(metered: Metered, told: Tokens | None, guess: Tokens) -> None:
    """Charge what the provider says that it took, else what it takes about."""
    use, tokens = metered.use, told or guess
    use.input_tokens, use.output_tokens = tokens.read, tokens.written
    use.estimated, use.answered = told is None, True
