"""Reading the conversations of a file, whatever of the known formats it is in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from services.chat.transfer.formats.beside import Taking
from services.chat.transfer.formats.chatgpt import PARTS as CHATGPT
from services.chat.transfer.formats.chatgpt import ChatGpt
from services.chat.transfer.formats.claude import PARTS as CLAUDE
from services.chat.transfer.formats.claude import Claude
from services.chat.transfer.formats.parley import FORMAT, VERSION, Parley
from services.chat.transfer.formats.parley import PARTS as PARLEY
from services.chat.transfer.formats.problem import UNKNOWN, Broken, Malformed, Report
from services.chat.transfer.formats.scanner import Head, Part, Scanner, Shell
from services.chat.transfer.formats.tree import Node
from services.chat.transfer.formats.values import decode, line, members
from services.chat.transfer.model import Read, Tree

MAX_NODES = 50_000  # in a conversation
MAX_TEXT = 64 * 1024 * 1024  # characters in a conversation
TITLE_IN_REPORT = 100

FORMATS: dict[str, Callable[[Taking], "Format"]] = {
    PARLEY: Parley,
    CHATGPT: lambda taking: ChatGpt(taking.now),
    CLAUDE: lambda taking: Claude(taking.now),
}

NEWER = "The file is of a version of Parley's format that is not known here."


class Format(Protocol):
    """Whose file it is: how its messages and conversations are written."""

    def nodes(self, name: str | None, value: object, report: Report) -> list[Node]:
        """Read a message; in an object, `name` is its key."""

    def tree(
        self, shell: Mapping[str, object], nodes: list[Node], report: Report
    ) -> Tree | None:
        """Join messages to a conversation; None if there is nothing to keep."""


class Reader:
    """
    Reads one conversation after the other from slices of a file.

    Those before `first` are passed over: they were read before.
    """

    def __init__(self, *, first: int, taking: Taking) -> None:
        self._first = first
        self._taking = taking
        self._scanner = Scanner()
        self._index = 0
        self._known = 0
        self._head = False
        self._formats: dict[str, Format] = {}
        self._nodes: list[Node] = []
        self._size = 0
        self._problem = ""
        self._report = Report()

    def begin(self) -> None:
        """Go on with another document, of the same archive."""
        self._scanner.finish()
        self._scanner = Scanner()
        self._head = False

    def feed(self, data: bytes) -> Iterator[Read]:
        """Yield the conversations that are whole by now."""
        for piece in self._scanner.feed(data):
            match piece:
                case Head():
                    self._require_known(piece)
                case Part():
                    self._collect(piece)
                case Shell():
                    if (read := self._ended(piece)) is not None:
                        yield read

    def finish(self) -> None:
        """Refuse a file that is not whole, or has nothing that is known."""
        self._scanner.finish()
        if self._index and not self._known:
            raise Broken(UNKNOWN)

    def _require_known(self, head: Head) -> None:
        try:
            said = members(decode(head.raw))
        except Malformed as error:
            raise Broken(UNKNOWN) from error
        if self._head or said.get("format") != FORMAT:
            raise Broken(UNKNOWN)
        if said.get("version") != VERSION:
            raise Broken(NEWER)
        self._head = True

    def _collect(self, part: Part) -> None:
        """Keep the messages of a part, unless the conversation is passed over."""
        if self._index < self._first or self._problem:
            return
        try:
            value = decode(part.raw)
            for name, each in named(value):
                self._add(part.key, name, each)
        except Malformed as problem:
            self._nodes.clear()
            self._problem = f"A message cannot be read: {problem}"

    def _add(self, key: str, name: str | None, value: object) -> None:
        for node in self._format(key).nodes(name, value, self._report):
            self._nodes.append(node)
            self._size += node.turn.size if node.turn else 0
        if len(self._nodes) > MAX_NODES:
            raise Malformed(f"there are more than {MAX_NODES:,}.")
        if self._size > MAX_TEXT:
            raise Malformed(f"all in all, they are over {MAX_TEXT:,} characters.")

    def _ended(self, shell: Shell) -> Read | None:
        """Join what was collected."""
        index, self._index = self._index, self._index + 1
        self._known += bool(shell.key)
        try:
            return None if index < self._first else self._joined(index, shell)
        finally:
            self._forget()

    def _joined(self, index: int, shell: Shell) -> Read:
        title, tree, problem = "", None, self._problem
        try:
            said = members(decode(shell.raw))
            title = line(said.get("title") or said.get("name"), maximum=TITLE_IN_REPORT)
            if not shell.key:
                problem = "It is no conversation of a known format."
            elif not problem:
                tree = self._format(shell.key).tree(said, self._nodes, self._report)
                problem = str(self._report)
                if tree is None:
                    problem = f"It has no messages to keep. {problem}".strip()
        except Malformed as malformed:
            problem = problem or str(malformed)
        return Read(index=index, title=title, tree=tree, problem=problem)

    def _format(self, key: str) -> Format:
        """Return what reads this conversation; each is read by a new one."""
        if key not in self._formats:
            self._formats[key] = FORMATS[key](self._taking)
        return self._formats[key]

    def _forget(self) -> None:
        self._formats = {}
        self._nodes = []
        self._size = 0
        self._problem = ""
        self._report = Report()


def named(value: object) -> Iterator[tuple[str | None, object]]:
    """Return the messages of a part, those of an object with their keys."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for each in value:
            yield None, each
