"""Writing down what is said, and speaking what is written."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import msgspec

from services.kit.fields import InvalidField
from services.llm.media.endpoint import CHUNK, Endpoint, Refused, Usage, whole
from services.llm.media.model import AUDIO, Heard, SpeechUnavailable

TRANSCRIBE_SECONDS = 110.0  # less than what the edge gives this call
SPEAK_SECONDS = 120.0
MAX_TRANSCRIPT = 1024 * 1024  # bytes
MAX_SPEECH = 32 * 1024 * 1024  # bytes
TYPE = "audio/mpeg"


class Transcript(msgspec.Struct):
    """What `/audio/transcriptions` answers."""

    text: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """Asks an endpoint for `/audio/transcriptions` and `/audio/speech`."""

    endpoint: Endpoint | None
    transcription_model: str
    speech_model: str
    voice: str

    async def transcribe(self, audio: bytes, media_type: str, language: str) -> Heard:
        """Return what is said in a recording."""
        form = aiohttp.FormData()
        name = f"recording.{AUDIO[media_type]}"
        form.add_field("file", audio, filename=name, content_type=media_type)
        form.add_field("model", self.transcription_model)
        form.add_field("response_format", "json")
        if language:
            form.add_field("language", language)
        try:
            async with self._there.asked(
                "audio/transcriptions", seconds=TRANSCRIBE_SECONDS, data=form
            ) as response:
                said = await whole(response, MAX_TRANSCRIPT)
            transcript = msgspec.json.decode(said, type=Transcript)
            usage = transcript.usage
            return Heard(transcript.text, usage.tokens if usage else None)
        except Refused as error:
            expected = "a recording that can be read"
            raise InvalidField(field="audio", expected=expected) from error
        except (ValueError, msgspec.DecodeError) as error:
            raise SpeechUnavailable from error

    async def speak(self, text: str, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield a recording, piece by piece."""
        body = {
            "model": self.speech_model,
            "input": text,
            "voice": voice or self.voice,
            "response_format": "mp3",
            "speed": speed,
        }
        try:
            async with self._there.asked(
                "audio/speech", seconds=SPEAK_SECONDS, json=body
            ) as response:
                size = 0
                async for chunk in response.content.iter_chunked(CHUNK):
                    size += len(chunk)
                    if size > MAX_SPEECH:
                        raise SpeechUnavailable
                    yield chunk
        except Refused as error:
            raise InvalidField(field="voice", expected="a known voice") from error

    @property
    def _there(self) -> Endpoint:
        if self.endpoint is None:
            raise SpeechUnavailable
        return self.endpoint
