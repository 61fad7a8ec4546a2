"""The shipped policy, broken in one place."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonpatch
import pytest

from tools.mesh_check.checking import check
from tools.mesh_check.folder import Folder
from tools.mesh_check.resource import Finding


@dataclass(frozen=True)
class Breakage:
    """A mistake somebody could make: one document of one file, changed, or one more."""

    says: str
    file: str
    operations: tuple[dict[str, Any], ...]
    mesh: str = "base"
    document: int = 0
    beside: tuple[dict[str, Any], ...] = ()  # more documents of that file

    def folder(self) -> Folder:
        """Return the policy with the mistake in it."""
        documents = copy.deepcopy(shipped().documents[self.file])
        documents[self.document] = jsonpatch.apply_patch(
            documents[self.document], self.operations
        )
        return shipped().with_documents(self.file, [*documents, *self.beside])

    def found_by(self, rule: str) -> list[Finding]:
        """Return what a rule says of it."""
        found = check(self.folder(), frozenset({self.mesh}))
        return [finding for finding in found if finding.rule == rule]


@cache
def shipped() -> Folder:
    """Read the policy once."""
    return Folder.read()


def resource(api: str, kind: str, name: str, spec: Any, **more: Any) -> dict[str, Any]:
    """Write one that is not there yet; `more` is metadata."""
    metadata = {"name": name, "namespace": "parley", **more}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


def set_to(path: str, value: Any) -> dict[str, Any]:
    """Let a field say something else, or something new."""
    return {"op": "add", "path": path, "value": value}


def take(path: str) -> dict[str, Any]:
    """Take a field or an item away."""
    return {"op": "remove", "path": path}


def in_turn(broken: Sequence[Breakage]) -> pytest.MarkDecorator:
    """Run a test for each, under the sentence that says what is wrong."""
    return pytest.mark.parametrize("broken", broken, ids=[one.says for one in broken])


def assert_found(broken: Breakage, rule: str) -> None:
    """See that the rule says where it is, what breaks, and what to write."""
    found = broken.found_by(rule)
    assert found, f"{rule} does not see that {broken.says}"
    assert all(one.wrong and one.breaks and one.write for one in found)
