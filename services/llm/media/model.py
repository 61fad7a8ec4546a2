"""What speech and images are asked for with."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.errors import Kind, ServiceError

MAX_AUDIO = 900 * 1024  # bytes
MAX_SPOKEN = 4_000  # characters
MAX_VOICE = 100
MIN_SPEED, MAX_SPEED = 0.25, 4.0
MAX_DESCRIPTION = 4_000  # characters
MAX_IMAGES = 4
MAX_IMAGE = 3 * 1024 * 1024  # bytes; below what a gRPC client takes in one message
AUDIO = {  # by media type, the ending by which endpoints tell recordings apart
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
}
SIZES = frozenset({"1024x1024", "1024x1536", "1536x1024"})


class SpeechUnavailable(ServiceError):
    """There is no endpoint for speech, or it failed."""

    kind = Kind.UNAVAILABLE
    reason = "SPEECH_UNAVAILABLE"


class ImagesUnavailable(ServiceError):
    """There is no endpoint for images, or it failed."""

    kind = Kind.UNAVAILABLE
    reason = "IMAGES_UNAVAILABLE"


class ImageRejected(ServiceError):
    """The provider does not want to make this image."""

    kind = Kind.PRECONDITION
    reason = "IMAGE_REJECTED"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that was made."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tokens:
    """What something took, in tokens."""

    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Images, and what they took if the provider says so."""

    pictures: Sequence[Picture]
    tokens: Tokens | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said in a recording, and what it took if the provider says so."""

    text: str
    tokens: Tokens | None


def image_type(data: bytes) -> str | None:
    """Tell what an image is by how it begins; None if it is none."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None
