"""What Anthropic refuses of a conversation."""

from typing import Any

from tests.doubles.answering import Invalid
from tests.doubles.thoughts import signed

_THOUGHTS = ("thinking", "redacted_thinking")
_CHANGED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot "
    "be modified. These blocks must remain as they were in the original response."
)


def rounds_of(messages: list[dict[str, Any]], thinking: str | None) -> int:
    """Count calls since the user spoke; each has to be answered by the next turn."""
    rounds, open_calls, last = 0, set[str](), "assistant"
    for message in messages:
        if message["role"] not in ("user", "assistant") or message["role"] == last:
            raise Invalid(400, "messages: roles must alternate")
        last = message["role"]
        blocks = message["content"]
        if any(not block.get("text", "x").strip() for block in blocks):
            raise Invalid(400, "text content blocks must be non-empty")
        results = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        if results != open_calls:
            raise Invalid(400, "`tool_use` ids without `tool_result` blocks after")
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        if any(not isinstance(b.get("input", {}), dict) for b in blocks):
            raise Invalid(400, "tool_use.input: Input should be a valid dictionary")
        if last == "assistant":
            _check(blocks, thinking, rounds)
        rounds = 0 if last == "user" and not results else rounds + bool(open_calls)
    if last == "assistant":
        raise Invalid(400, "This model does not support assistant message prefill.")
    return rounds


def _check(blocks: list[dict[str, Any]], thinking: str | None, rounds: int) -> None:
    """Refuse thoughts that are not as they were, or missing where they have to be."""
    calls = [block for block in blocks if block["type"] == "tool_use"]
    thoughts = [block for block in blocks if block["type"] in _THOUGHTS]
    if not thoughts:
        if thinking == "enabled" and calls and not rounds:
            raise Invalid(
                400, "Expected `thinking` or `redacted_thinking`, but found `tool_use`."
            )
        return
    if not thinking:
        raise Invalid(
            400, "When thinking is disabled, an `assistant` message cannot contain it."
        )
    for block in thoughts:
        if block["type"] == "thinking" and block["signature"] != signed(
            str(rounds), block["thinking"]
        ):
            raise Invalid(400, "Invalid `signature` in `thinking` block")
    said = [
        block.get("signature") or block.get("data") or block["text"]
        for block in blocks
        if block["type"] != "tool_use"
    ]
    if any(call["id"].rpartition("_")[2] != signed(*said) for call in calls):
        raise Invalid(400, _CHANGED)
