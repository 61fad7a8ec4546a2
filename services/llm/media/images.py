"""Making images from a description."""

from base64 import b64decode
from dataclasses import dataclass

import msgspec

from services.llm.media.endpoint import Endpoint, Refused, Usage, whole
from services.llm.media.model import (
    MAX_IMAGE,
    MAX_IMAGES,
    Drawn,
    ImageRejected,
    ImagesUnavailable,
    Picture,
    image_type,
)

SECONDS = 180.0
MAX_ANSWER = 2 * MAX_IMAGES * MAX_IMAGE  # bytes; Base64 adds a third
# OpenAI's newer models always answer with the image, and refuse to be asked to.
ANSWER_WITH_IMAGES = "gpt-image"


class Made(msgspec.Struct):
    """One image, inline. An address is not followed."""

    b64_json: str


class Answer(msgspec.Struct):
    """What `/images/generations` answers."""

    data: list[Made]
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Images:
    """Asks an endpoint for `/images/generations`."""

    endpoint: Endpoint | None
    model: str

    async def make(self, prompt: str, count: int, size: str) -> Drawn:
        """Return images of what is described."""
        if self.endpoint is None:
            raise ImagesUnavailable
        body: dict[str, object] = {"model": self.model, "prompt": prompt, "n": count}
        if size:
            body["size"] = size
        if not self.model.startswith(ANSWER_WITH_IMAGES):
            body["response_format"] = "b64_json"
        try:
            async with self.endpoint.asked(
                "images/generations", seconds=SECONDS, json=body
            ) as response:
                said = await whole(response, MAX_ANSWER)
            answer = msgspec.json.decode(said, type=Answer)
            return Drawn(
                [picture(made) for made in answer.data[:count]],
                answer.usage.tokens if answer.usage else None,
            )
        except Refused as error:
            raise ImageRejected from error
        except (ValueError, msgspec.DecodeError) as error:
            raise ImagesUnavailable from error


def picture(made: Made) -> Picture:
    """Read an image, or raise ValueError for what is none or too large."""
    data = b64decode(made.b64_json, validate=True)
    media_type = image_type(data)
    if media_type is None or len(data) > MAX_IMAGE:
        raise ValueError("no image, or a large one")
    return Picture(media_type, data)
