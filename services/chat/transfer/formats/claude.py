"""Claude's export: an array of conversations with a list of `chat_messages`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chat.conversations.model import MAX_TITLE
from services.chat.messages.model import TITLE_FROM_TEXT
from services.chat.transfer.formats.problem import Report
from services.chat.transfer.formats.tree import Branches, Node
from services.chat.transfer.formats.values import (
    elements,
    key,
    line,
    members,
    moment,
    turn_text,
)
from services.chat.transfer.model import Role, Tree, Turn

PARTS = "chat_messages"
ROLES: dict[str, Role] = {"human": "user", "assistant": "assistant"}
# The parent that the first message of a branch is said to have.
NOBODY = "00000000-0000-4000-8000-000000000000"

MAX_BLOCKS = 10_000  # of a message; real ones have some dozens


class Claude:
    """Reads one conversation after the other."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._before: str | None = None
        self._count = 0

    def nodes(self, name: str | None, value: object, report: Report) -> list[Node]:
        """Read an element of `chat_messages`."""
        message = members(value)
        self._count += 1
        known = key(message.get("uuid")) or f"#{self._count}"
        # An export without branches does not name parents: each follows the one before.
        parent = self._before
        if "parent_message_uuid" in message:
            parent = key(message["parent_message_uuid"])
            parent = None if parent == NOBODY else parent
        self._before = known
        return [Node(known, parent, self._turn(known, message, report))]

    def tree(
        self, shell: Mapping[str, object], nodes: Sequence[Node], report: Report
    ) -> Tree | None:
        """Join the nodes to a conversation; None if nothing in it was said."""
        branches = Branches(nodes, report)
        turns = branches.turns()
        if not turns:
            return None
        begin = moment(shell.get("created_at"), now=self._now) or turns[0].create_time
        end = moment(shell.get("updated_at"), now=self._now)
        current = branches.kept(key(shell.get("current_leaf_message_uuid")))
        title = line(shell.get("name"), maximum=MAX_TITLE)
        return Tree(
            title=title or line(turns[0].text, maximum=TITLE_FROM_TEXT),
            create_time=begin,
            update_time=max(begin, end or turns[-1].create_time),
            turns=turns,
            current=current or turns[-1].key,
        )

    def _turn(
        self, known: str, message: Mapping[str, object], report: Report
    ) -> Turn | None:
        role = ROLES.get(str(message.get("sender")))
        if role is None:
            report.note("messages of neither person nor model left out")
            return None
        for attached in ("attachments", "files"):
            if elements(message.get(attached)):
                report.note("files and pictures left out")
        text = shown(message, report)
        if not text.strip():
            report.note("messages without text left out")
            return None
        time = moment(message.get("created_at"), now=self._now) or self._now
        return Turn(
            key=known,
            parent=None,
            role=role,
            text=turn_text(text, report),
            create_time=time,
            end_time=time,
        )


def shown(message: Mapping[str, object], report: Report) -> str:
    """Return what a message says: its blocks of text, or its text."""
    texts = []
    for block in map(members, elements(message.get("content"))[:MAX_BLOCKS]):
        said = block.get("text")
        if block.get("type") == "text" and isinstance(said, str):
            texts.append(said)
        elif block.get("type") != "text":
            report.note("thoughts and uses of tools left out")
    if text := "\n\n".join(filter(None, texts)):
        return text
    whole = message.get("text")
    return whole if isinstance(whole, str) else ""
