"""Writing conversations: as Parley's own file, and as Markdown to read."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from services.chat.transfer.formats.beside import Told
from services.chat.transfer.formats.parley import FORMAT, VERSION
from services.chat.transfer.model import Stored, Turn

BEGIN = msgspec.json.encode({"format": FORMAT, "version": VERSION})[:-1]
SPEAKERS = {"user": "You", "assistant": "Assistant"}
CUT = {"stopped": "*Stopped.*", "failed": "*Failed.*"}


class Writer(Protocol):
    """Writes a file piece by piece, in this order."""

    whole_tree: bool  # all branches, or the one that is shown

    def begin(self) -> bytes:
        """Begin the file."""

    def conversation(self, stored: Stored) -> bytes:
        """Begin a conversation."""

    def turn(self, turn: Turn) -> bytes:
        """Add a message to it."""

    def end_conversation(self) -> bytes:
        """End it."""

    def end(self) -> bytes:
        """End the file."""


class JsonWriter:
    """Writes Parley's own file."""

    whole_tree = True

    def __init__(self, told: Told) -> None:
        self._told = told
        self._conversations = 0
        self._turns = 0

    def begin(self) -> bytes:
        return BEGIN + b',"conversations":['

    def conversation(self, stored: Stored) -> bytes:
        tree = stored.tree
        self._turns = 0
        self._conversations += 1
        shell = {
            "id": stored.id,
            "title": tree.title,
            "create_time": tree.create_time,
            "update_time": tree.update_time,
            "pinned": tree.pinned,
            "archived": tree.archived,
            "tags": tree.tags,
            "folder": tree.folder or None,
            "current_message": tree.current,
        }
        comma = b",\n" if self._conversations > 1 else b"\n"
        return comma + msgspec.json.encode(shell)[:-1] + b',"messages":['

    def turn(self, turn: Turn) -> bytes:
        self._turns += 1
        comma = b",\n" if self._turns > 1 else b"\n"
        return comma + msgspec.json.encode(message(turn) | self._told(turn.beside))

    def end_conversation(self) -> bytes:
        return b"]}"

    def end(self) -> bytes:
        return b"\n]}\n"


def message(turn: Turn) -> dict[str, Any]:
    """Return a message as Parley's own file has it."""
    said: dict[str, Any] = {
        "id": turn.key,
        "parent": turn.parent,
        "role": turn.role,
        "text": turn.text,
        "create_time": turn.create_time,
        "end_time": turn.end_time,
    }
    if turn.attachments:
        said["attachments"] = turn.attachments
    if turn.role == "user":
        return said
    said |= {
        "state": turn.state,
        "failure_reason": turn.failure,
        "model": turn.model,
        "usage": {
            "input_tokens": turn.input_tokens,
            "output_tokens": turn.output_tokens,
            "cost_micros": turn.cost_micros,
            "estimated": turn.estimated,
        },
        "attempt": turn.attempt,
        "first_token_time": turn.first_token_time,
    }
    if turn.rating:
        said["rating"] = {
            "score": turn.rating,
            "reasons": turn.rating_reasons,
            "comment": turn.rating_comment,
        }
    return said


class MarkdownWriter:
    """Writes the branches that are shown, to be read."""

    whole_tree = False

    def __init__(self, told: Told) -> None:
        self._told = told

    def begin(self) -> bytes:
        return b""

    def conversation(self, stored: Stored) -> bytes:
        tree = stored.tree
        facts = [f"{tree.create_time:%Y-%m-%d %H:%M} UTC"]
        if tree.folder:
            facts.append(f"Folder: {escaped(tree.folder)}")
        if tree.tags:
            facts.append("Tags: " + ", ".join(map(escaped, tree.tags)))
        title = escaped(tree.title) or "Untitled"
        return f"# {title}\n\n{' · '.join(facts)}\n\n".encode()

    def turn(self, turn: Turn) -> bytes:
        speaker = SPEAKERS[turn.role]
        if turn.model:
            speaker += f" ({escaped(turn.model)})"
        when = f"{turn.create_time:%Y-%m-%d %H:%M}"
        lines = [
            f"## {speaker}, {when}",
            turn.text,
            CUT.get(turn.state, ""),
            "\n".join(sources(self._told(turn.beside))),
        ]
        return "".join(f"{line}\n\n" for line in lines if line).encode()

    def end_conversation(self) -> bytes:
        return b"---\n\n"

    def end(self) -> bytes:
        return b""


def sources(told: Mapping[str, Any]) -> Iterator[str]:
    """Name the places that a reply rests on, by their numbers in it."""
    for citation in told.get("citations", ()):
        place = [citation["display_name"]]
        if citation["page"]:
            place.append(f"page {citation['page']}")
        if citation["section"]:
            place.append(citation["section"])
        one_line = " ".join(", ".join(place).split())
        yield f"- \\[{citation['number']}\\] {escaped(one_line)}"


def escaped(text: str) -> str:
    """Return a text for a line of Markdown that is not its author's."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Divide bytes into pieces of a size."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
