"""What runs of tests found: each writes a file, and together they are the coverage."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[2]
FOLDER = ".cache/asvs"
OF_WEB = "web.json"  # as vitest writes it
IN_TITLE = re.compile(r"\[asvs ([\d. ]+)\]")  # of a test of web/

Outcome = Literal["passed", "failed", "skipped"]
GRAVEST: tuple[Outcome, ...] = ("failed", "skipped", "passed")


@dataclass(frozen=True)
class Finding:
    """How a test that is marked ended, and what it proves if it passed."""

    test: str
    ids: tuple[str, ...]
    outcome: Outcome


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the one that decides: setting up, the test itself, and clearing away."""
    return min(outcomes, key=GRAVEST.index)


def write(folder: Path, name: str, findings: Iterable[Finding]) -> None:
    """Write what a run found."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps([asdict(one) for one in findings]))


def read(folder: Path) -> list[Finding]:
    """Return what all runs found; of a test that ran again, how it ended last."""
    last: dict[str, Finding] = {}
    for file in sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime):
        content = json.loads(file.read_text())
        found = _of_web(content) if file.name == OF_WEB else _of_pytest(content)
        last |= {finding.test: finding for finding in found}
    return list(last.values())


def proved(findings: Iterable[Finding]) -> Mapping[str, list[str]]:
    """Return ids and what proves them: a test that passed, while none failed."""
    passed, failed = defaultdict(list), set()
    for finding in findings:
        for identifier in finding.ids:
            if finding.outcome == "passed":
                passed[identifier].append(finding.test)
            elif finding.outcome == "failed":
                failed.add(identifier)
    return {name: tests for name, tests in passed.items() if name not in failed}


def _of_pytest(content: list[dict[str, Any]]) -> Iterator[Finding]:
    for each in content:
        yield Finding(each["test"], tuple(each["ids"]), each["outcome"])


def _of_web(content: dict[str, Any]) -> Iterator[Finding]:
    for file in content["testResults"]:
        name = Path(file["name"])
        shown = name.relative_to(ROOT) if name.is_relative_to(ROOT) else name
        for test in file["assertionResults"]:
            if marked := IN_TITLE.findall(test["fullName"]):
                ids = tuple(" ".join(marked).split())
                known = test["status"] in GRAVEST
                outcome: Outcome = test["status"] if known else "skipped"
                yield Finding(f"{shown} > {test['fullName']}", ids, outcome)
