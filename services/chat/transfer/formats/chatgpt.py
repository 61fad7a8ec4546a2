"""ChatGPT's export: an array of conversations with a `mapping` of nodes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chat.conversations.model import MAX_TITLE
from services.chat.messages.model import MAX_MODEL, TITLE_FROM_TEXT
from services.chat.transfer.formats.problem import Report
from services.chat.transfer.formats.tree import Branches, Node
from services.chat.transfer.formats.values import (
    clean,
    elements,
    key,
    line,
    members,
    moment,
    turn_text,
)
from services.chat.transfer.model import Role, State, Tree, Turn

PARTS = "mapping"
# How a message that was cut off says so.
CUT = ("in_progress", "finished_partial_completion")


class ChatGpt:
    """Reads one conversation after the other."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def nodes(self, name: str | None, value: object, report: Report) -> list[Node]:
        """Read a member of `mapping`."""
        node = members(value)
        known = key(name) or key(node.get("id"))
        if known is None:
            report.note("messages without an id left out")
            return []
        turn = self._turn(known, members(node.get("message")), report)
        return [Node(known, key(node.get("parent")), turn)]

    def tree(
        self, shell: Mapping[str, object], nodes: Sequence[Node], report: Report
    ) -> Tree | None:
        """Join the nodes to a conversation; None if nothing in it was said."""
        branches = Branches(nodes, report)
        turns = branches.turns()
        if not turns:
            return None
        begin = moment(shell.get("create_time"), now=self._now) or turns[0].create_time
        end = moment(shell.get("update_time"), now=self._now)
        title = line(shell.get("title"), maximum=MAX_TITLE)
        return Tree(
            title=title or line(turns[0].text, maximum=TITLE_FROM_TEXT),
            create_time=begin,
            update_time=max(begin, end or turns[-1].create_time),
            turns=turns,
            current=branches.kept(key(shell.get("current_node"))) or turns[-1].key,
            archived=shell.get("is_archived") is True,
        )

    def _turn(
        self, known: str, message: Mapping[str, object], report: Report
    ) -> Turn | None:
        role = spoken_by(message)
        content = members(message.get("content"))
        parts = elements(content.get("parts"))
        text = "\n\n".join(part for part in parts if isinstance(part, str) and part)
        if reason := left_out(role, message, content, text):
            report.note(reason)
            return None
        if role is None or not text.strip():
            return None  # the empty node at the top, and such: nobody would miss it
        if any(not isinstance(part, str) for part in parts):
            report.note("files and pictures left out")
        metadata = members(message.get("metadata"))
        time = moment(message.get("create_time"), now=self._now) or self._now
        model = clean(metadata.get("model_slug"), report)[:MAX_MODEL]
        state: State = "stopped" if message.get("status") in CUT else "completed"
        return Turn(
            key=known,
            parent=None,
            role=role,
            text=turn_text(text, report),
            create_time=time,
            end_time=time,
            state="completed" if role == "user" else state,
            model="" if role == "user" else model,
        )


def spoken_by(message: Mapping[str, object]) -> Role | None:
    """Tell who said it, if it is a person or a model."""
    match members(message.get("author")).get("role"):
        case "user":
            return "user"
        case "assistant":
            return "assistant"
    return None


def left_out(
    role: Role | None,
    message: Mapping[str, object],
    content: Mapping[str, object],
    text: str,
) -> str | None:
    """Say why a message is not one that was shown, if so."""
    metadata = members(message.get("metadata"))
    kind = content.get("content_type")
    if metadata.get("is_visually_hidden_from_conversation") is True:
        return "hidden messages left out" if text else None
    if role is None:
        said = members(message.get("author")).get("role")
        if said == "system":
            return "system messages left out" if text else None
        return "messages of tools left out" if message else None
    if message.get("recipient") not in (None, "all"):
        return "messages to tools left out"
    if kind in ("text", "multimodal_text", None):
        return None if text or not elements(content.get("parts")) else blank(content)
    if kind in ("thoughts", "reasoning_recap"):
        return "thoughts of models left out"
    return "messages that are not text left out"


def blank(content: Mapping[str, object]) -> str | None:
    """Say what is left out with a message that has parts, but no text."""
    if any(not isinstance(part, str) for part in elements(content.get("parts"))):
        return "messages of files and pictures alone left out"
    return None
