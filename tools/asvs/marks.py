"""What tests are marked with, read from their sources: nothing runs."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.asvs.findings import IN_TITLE, ROOT

OF_WEB = ("*.test.ts", "*.test.tsx", "*.test.mjs")


def marks(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Return ids, and the files with tests that are marked with them."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (root / "tests").rglob("test_*.py"):
        for identifier in in_python(file.read_text()):
            found[identifier].add(str(file.relative_to(root)))
    for folder in ("src", "server"):
        for pattern in OF_WEB:
            for file in (root / "web" / folder).rglob(pattern):
                for marked in IN_TITLE.findall(file.read_text()):
                    for identifier in marked.split():
                        found[identifier].add(str(file.relative_to(root)))
    return {identifier: sorted(files) for identifier, files in found.items()}


def in_python(source: str) -> Iterator[str]:
    """Return what `pytest.mark.asvs(…)` is called with."""
    if "mark.asvs" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "asvs"
        ):
            yield from (ast.literal_eval(argument) for argument in node.args)
