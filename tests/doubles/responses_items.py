"""What OpenAI's responses API refuses of a conversation."""

from itertools import pairwise
from typing import Any

from tests.doubles.answering import Invalid
from tests.doubles.thoughts import signed


def rounds_of(items: list[dict[str, Any]]) -> int:
    """Count calls since the user spoke; each has to be answered."""
    rounds, open_calls, last = 0, set[str](), ""
    for item in items:
        kind = item.get("type", "message")
        if kind == "function_call":
            rounds += last != "function_call"
            open_calls.add(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in open_calls:
                raise Invalid(400, "No tool call found for function call output.")
            open_calls.discard(item["call_id"])
        elif kind == "message" and item["role"] == "user":
            rounds = 0
        last = kind
    if open_calls:
        raise Invalid(400, "No tool output found for function call.")
    _check(items)
    return rounds


def _check(items: list[dict[str, Any]]) -> None:
    """Refuse thoughts that are not as they were, and what stands without them."""
    for item, after in pairwise([{}, *items, {}]):
        if item.get("type") == "reasoning":
            _check_thoughts(item, after)
    thought = ""
    for item in items:
        id = str(item.get("id", ""))
        if item.get("type") == "reasoning":
            thought = id
        needed = id.partition("_of_")[2]
        if needed and needed != thought:
            raise Invalid(
                400,
                f"Item '{id}' was provided without its 'reasoning' item: '{needed}'.",
            )


def _check_thoughts(item: dict[str, Any], after: dict[str, Any]) -> None:
    id, encrypted = item["id"], item.get("encrypted_content")
    if not encrypted:
        raise Invalid(
            400,
            f"Item with id '{id}' not found. Items are not persisted when `store` is "
            "set to false.",
        )
    if encrypted != signed(id, "".join(each["text"] for each in item["summary"])):
        raise Invalid(
            400, f"The encrypted content for item {id} could not be verified."
        )
    if f"_of_{id}" not in str(after.get("id")):
        raise Invalid(400, f"Item '{id}' was provided without its following item.")
