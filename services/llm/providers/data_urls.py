"""Images as text, for protocols that take addresses."""

from base64 import b64encode

from services.llm.model import Image


def data_url(image: Image) -> str:
    """Write an image into an address of its own."""
    return f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
