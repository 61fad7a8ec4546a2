"""Putting the messages of a file into a tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.chat.transfer.formats.problem import Report
from services.chat.transfer.model import Turn


@dataclass(frozen=True, slots=True)
class Node:
    """A message in a file; one without a turn is left out, and its children go up."""

    key: str
    parent: str | None
    turn: Turn | None


class Branches:
    """The tree of a conversation."""

    def __init__(self, nodes: Sequence[Node], report: Report) -> None:
        self._nodes: dict[str, Node] = {}
        for node in nodes:
            if node.key in self._nodes:
                report.note("messages with an id that another has left out")
            else:
                self._nodes[node.key] = node
        self._break_cycles(report)
        self._kept: dict[str | None, str | None] = {None: None}

    def turns(self) -> tuple[Turn, ...]:
        """Return the turns in the file's order, but each after the one it follows."""
        done: set[str] = set()
        return tuple(
            replace(node.turn, parent=self.kept(node.parent))
            for key in self._nodes
            for node in self._unplaced(key, done)
            if node.turn
        )

    def kept(self, key: str | None) -> str | None:
        """Return the node itself, or the nearest one above it that is kept."""
        passed = []
        while key not in self._kept:
            node = self._nodes.get(key) if key else None
            passed.append(key)
            if node is None:
                self._kept[key] = None
            elif node.turn:
                self._kept[key] = key
            else:
                key = node.parent
        for each in passed:
            self._kept[each] = self._kept[key]
        return self._kept[key]

    def _unplaced(self, key: str, done: set[str]) -> Iterator[Node]:
        """Yield a node and those above it that are not done, from the top."""
        path = []
        at: str | None = key
        while at and at not in done:
            done.add(at)
            path.append(self._nodes[at])
            at = self._nodes[at].parent
        return reversed(path)

    def _break_cycles(self, report: Report) -> None:
        """Make a root of every node whose parent is missing or below itself."""
        safe: set[str] = set()
        for key in list(self._nodes):
            path: dict[str, None] = {}
            at: str | None = key
            while at and at not in safe and at not in path:
                path[at] = None
                parent = self._nodes[at].parent
                if parent and parent not in self._nodes:
                    report.note("messages whose parent is missing put at the top")
                    self._cut(at)
                    parent = None
                at = parent
            if at and at in path:
                report.note("messages that follow themselves put at the top")
                self._cut(at)
            safe.update(path)

    def _cut(self, key: str) -> None:
        self._nodes[key] = replace(self._nodes[key], parent=None)
