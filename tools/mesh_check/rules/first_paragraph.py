"""Each file says first what it guarantees, what breaks without it, what proves it."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.mesh_check.folder import ROOT, Folder
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

PROOF = "Proof: "
MOST_LINES = 14
report = Report(
    __name__,
    breaks="who wants to change the file has to guess what it is for, and nobody knows "
    "what would find the mistake",
)


def check_files(folder: Folder, rules: frozenset[str]) -> Iterator[Finding]:
    """Look at the first comment of every file."""
    for name, text in folder.texts.items():
        paragraph = first(text)
        lines = paragraph.count("\n") + 1
        said = " ".join(paragraph.split())
        if not said:
            yield report.file(name, "it does not begin with a comment", "one paragraph")
            continue
        if lines > MOST_LINES:
            yield report.file(name, f"{lines} lines", f"at most {MOST_LINES}")
        if not re.search(r"\bWithout (it|one)\b", said):
            yield report.file(name, "it does not say what breaks", "`Without it …`")
        proof = said.partition(PROOF)[2]
        named = set(re.findall(r"`([a-z0-9-]+)`", proof)) - {"make mesh-check"}
        tests = re.findall(r"tests/[\w/.]+\.py", proof)
        if not named and not tests:
            yield report.file(name, "it names no proof", f"`{PROOF}`, rules and tests")
        if unknown := named - rules:
            yield report.file(
                name, f"no rule is called {sorted(unknown)}", f"{sorted(rules)}"
            )
        for test in tests:
            if not (ROOT / PurePosixPath(test)).exists():
                yield report.file(name, f"there is no {test}", "a test that is there")


def first(text: str) -> str:
    """Return the comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return "\n".join(lines)
