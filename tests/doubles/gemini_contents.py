"""What Gemini refuses of a conversation."""

import re
from itertools import pairwise
from typing import Any

from tests.doubles.answering import Invalid
from tests.doubles.thoughts import signed

_UNSIGNED = "skip_thought_signature_validator"
_LENIENT = re.compile(r"gemini-[12]")  # whose calls need no signature


def rounds_of(contents: list[dict[str, Any]], model: str) -> int:
    """Count calls since the user spoke; each has to be answered by the next turn."""
    if contents[0]["role"] != "user" or contents[-1]["role"] != "user":
        raise Invalid(400, "A turn of the user comes first and last.")
    rounds = 0
    for before, turn in pairwise([{"role": "", "parts": []}, *contents]):
        called = _names(before, "functionCall")
        if called != _names(turn, "functionResponse"):
            raise Invalid(400, "Function response turns follow function call turns.")
        if turn["role"] == "user":
            rounds = rounds + 1 if called else 0
        else:
            _check(turn["parts"], rounds, strict=not _LENIENT.match(model))
    return rounds


def _check(parts: list[dict[str, Any]], rounds: int, *, strict: bool) -> None:
    """Refuse signatures that are missing, or do not fit what they stand at."""
    said, first = "", True
    for part in parts:
        said += part.get("text", "")
        signature = part.get("thoughtSignature")
        if call := part.get("functionCall"):
            if first and strict and not signature:
                raise Invalid(
                    400,
                    "Function call is missing a thought_signature in functionCall "
                    f"parts. Additional data, function call `{call['name']}`.",
                )
            first = False
        signs = (said, call["name"], str(call["args"])) if call else (said,)
        if signature not in (None, _UNSIGNED, signed(str(rounds), *signs)):
            raise Invalid(400, "Corrupted thought signature.")


def _names(turn: dict[str, Any], kind: str) -> list[tuple[str, str]]:
    said = [part[kind] for part in turn["parts"] if kind in part]
    return [(part.get("id", ""), part["name"]) for part in said]
