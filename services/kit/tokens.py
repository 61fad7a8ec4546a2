"""Tokens, counted roughly and without knowing the model."""

import math
from collections.abc import Iterable

ASCII_PER_TOKEN = 4
OTHER_BYTES_PER_TOKEN = 3  # of UTF-8: a token for each Chinese character
TURN_TOKENS = 4  # what a provider adds to each turn to tell them apart
ASCII = bytes(range(128))
PIECE = 256 * 1024  # characters


def estimate(text: str) -> int:
    """
    Count the tokens of a text, roughly, without knowing the model.

    Four ASCII characters are a token, and so are three bytes of any others.
    """
    if text.isascii():
        return math.ceil(len(text) / ASCII_PER_TOKEN)
    ascii = others = 0
    # In pieces, so that other threads get their turn.
    for start in range(0, len(text), PIECE):
        piece = text[start : start + PIECE].encode()
        wide = len(piece.translate(None, delete=ASCII))
        ascii, others = ascii + len(piece) - wide, others + wide
    return math.ceil(ascii / ASCII_PER_TOKEN + others / OTHER_BYTES_PER_TOKEN)


def estimate_turns(texts: Iterable[str]) -> int:
    """Count the tokens that a model reads when it is shown these turns, roughly."""
    return sum(estimate(text) + TURN_TOKENS for text in texts)
