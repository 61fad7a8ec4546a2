"""Each file says first what it guarantees, what breaks without it, what proves it."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePosixPath

from deploy.mesh.kustomize import FILE
from tools.mesh_check.folder import ROOT, Folder
from tools.mesh_check.mesh import VALUES
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

PROOF = "Proof: "
MOST_LINES = 14
# What is also executed by the bench, and by which test. The first that fits counts.
EXECUTED = (
    ("base/mtls/*", "test_strangers"),
    ("base/access/users-need-a-token.yaml", "test_strangers"),
    ("base/access/ingress-may-call-edge.yaml", "test_ways_in"),
    ("base/access/edge-may-fetch-web.yaml", None),
    ("base/access/*", "test_matrix"),
    ("base/traffic/to-web.yaml", None),
    ("base/traffic/*", "test_retries"),
    ("base/replicas/of-chat.yaml", "test_ejection"),
    ("base/replicas/of-llm.yaml", "test_replicas"),
    ("base/ingress/*", "test_ways_in"),
    ("base/egress/*", "test_ways_out"),
    ("components/providers/*/llm-may-*", "test_ways_out"),
    ("components/identity-providers/*/auth-may-*", None),
    ("components/sidecars/others-*", None),
    ("components/sidecars/web-*", None),
    ("components/sidecars/*", "test_ways_out"),
    ("components/canary-chat/*", "test_versions"),
    ("components/blue-green-chat/*", "test_versions"),
    ("components/preview-chat/*", "test_versions"),
    ("components/mirror-chat/*", "test_versions"),
    ("components/game-day/llm-is-away/*", "test_versions"),
    ("components/prometheus/*", "test_ways_in"),
    (VALUES, "test_changes"),
)
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
        named = named_rules(text)
        tests = re.findall(r"tests/[\w/.]+\.py", proof)
        if not named and not tests:
            yield report.file(name, "it names no proof", f"`{PROOF}`, rules and tests")
        if unknown := named - rules:
            yield report.file(
                name, f"no rule is called {sorted(unknown)}", f"{sorted(rules)}"
            )
        test = executed(name)
        if test and test not in tests:
            yield report.file(name, "it names no test that executes it", test)
        for test in tests:
            if not (ROOT / PurePosixPath(test)).exists():
                yield report.file(name, f"there is no {test}", "a test that is there")


def named_rules(text: str) -> set[str]:
    """List the rules that a file names as its proof."""
    proof = " ".join(first(text).split()).partition(PROOF)[2]
    return set(re.findall(r"`([a-z0-9-]+)`", proof))


def executed(name: str) -> str | None:
    """Name the test in which the bench does what a file says, if there is one."""
    if PurePosixPath(name).name == FILE:
        return None
    found = next((test for pattern, test in EXECUTED if fnmatch(name, pattern)), None)
    return f"tests/mesh/{found}.py" if found else None


def first(text: str) -> str:
    """Return the comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return "\n".join(lines)
