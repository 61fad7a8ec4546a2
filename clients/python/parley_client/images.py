"""Images, from descriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from parley.llm.v1 import image_service_pb2 as pb
from parley_client.patience import Patience
from parley_client.streams import Cut, responses
from parley_client.stubs import Stubs

Image = pb.GenerateImagesResponse.Image


class Images:
    """Images that are made, where an endpoint for it is configured."""

    def __init__(self, stubs: Stubs, patience: Patience) -> None:
        self._stubs = stubs.images
        self._patience = patience

    async def generate(
        self, prompt: str, *, count: int = 1, size: str = ""
    ) -> AsyncGenerator[Image]:
        """Yield the images that are made from a description; they are not stored."""
        request = pb.GenerateImagesRequest(prompt=prompt, count=count, size=size)
        stream = responses(
            self._stubs.GenerateImages(request), silence=self._patience.silence
        )
        async with aclosing(stream):
            async for response in stream:
                match response.WhichOneof("event"):
                    case "image":
                        yield response.image
                    case "completed":
                        return
        raise Cut("The images broke off.")
