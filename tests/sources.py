"""What runs in production, read and not run."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNNING = ("services", "edge", "clients/python")


@cache
def sources() -> dict[str, ast.Module]:
    """Read every module that runs in production."""
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text())
        for folder in RUNNING
        for file in sorted((ROOT / folder).rglob("*.py"))
    }


def dotted(node: ast.expr) -> str:
    """Name what is called: `os.system`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """List every call: the file, what is called, and the call."""
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, dotted(node.func), node


def importing(modules: set[str]) -> set[str]:
    """Name the files that import one of these."""
    return {
        name
        for name, tree in sources().items()
        for node in ast.walk(tree)
        for module in imported(node)
        if module.partition(".")[0] in modules
    }


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def calling(names: set[str]) -> set[str]:
    """Name the places that call one of these."""
    return {f"{name}:{node.lineno}" for name, what, node in calls() if what in names}
