"""Speech, from text and to text."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from parley.llm.v1 import speech_service_pb2 as pb
from parley_client.errors import typed_errors
from parley_client.patience import Patience
from parley_client.streams import responses
from parley_client.stubs import Stubs

TRANSCRIBING_SECONDS = 180.0


class Speech:
    """What is spoken, where an endpoint for it is configured."""

    def __init__(self, stubs: Stubs, patience: Patience) -> None:
        self._stubs = stubs.speech
        self._patience = patience

    async def transcribe(
        self, audio: bytes, media_type: str, *, language: str = ""
    ) -> str:
        """Write down what is said in a recording of at most 900 KiB."""
        request = pb.TranscribeSpeechRequest(
            audio=audio, media_type=media_type, language=language
        )
        with typed_errors():
            written = await self._stubs.TranscribeSpeech(
                request, timeout=TRANSCRIBING_SECONDS
            )
        return written.text

    async def synthesize(
        self, text: str, *, voice: str = "", speed: float = 0
    ) -> AsyncGenerator[bytes]:
        """Yield the recording of a text that is spoken."""
        request = pb.SynthesizeSpeechRequest(text=text, voice=voice, speed=speed)
        stream = responses(
            self._stubs.SynthesizeSpeech(request), silence=self._patience.silence
        )
        async with aclosing(stream):
            async for response in stream:
                yield response.chunk
