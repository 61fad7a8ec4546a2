"""Turns in the words of OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import msgspec

from services.llm.model import ToolUse, Turn
from services.llm.providers.data_urls import data_url

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


def message(turn: Turn) -> ChatCompletionMessageParam:
    """Say a turn in OpenAI's words, or as it was written."""
    if turn.verbatim:
        return cast("ChatCompletionMessageParam", msgspec.Raw(turn.verbatim.content[0]))
    return cast("ChatCompletionMessageParam", plain(turn))  # one of a union by role


def plain(turn: Turn) -> dict[str, object]:
    """Say a turn in OpenAI's words."""
    said: dict[str, object] = {"role": turn.role, "content": turn.text}
    if turn.images:
        said["content"] = list(parts(turn))
    if turn.tool_uses:
        said["content"] = turn.text or None
        said["tool_calls"] = [call(use) for use in turn.tool_uses]
    if turn.tool_use_id:
        said["tool_call_id"] = turn.tool_use_id
    return said


def call(use: ToolUse) -> dict[str, object]:
    """Say a call."""
    function = {"name": use.name, "arguments": use.arguments}
    return {"id": use.id, "type": "function", "function": function}


def parts(turn: Turn) -> Iterator[dict[str, object]]:
    """Say a turn that has images."""
    if turn.text:
        yield {"type": "text", "text": turn.text}
    for image in turn.images:
        yield {"type": "image_url", "image_url": {"url": data_url(image)}}
