"""
The mark of a test that proves requirements of OWASP ASVS 5.0.0.

    @pytest.mark.asvs("6.2.1", "6.2.9")

A run that has such tests says at its end what they prove, and writes it to
`.cache/asvs/`, where `make asvs` adds up all runs. A requirement counts if a test that
names it passed and none that names it failed.
"""

import os
import time
from collections import defaultdict
from difflib import get_close_matches

import pytest

from tools.asvs.catalogue import Catalogue
from tools.asvs.findings import FOLDER, Finding, Outcome, gravest, proved, write

UNKNOWN = """\
{test} is marked with {wrong}, which is no requirement of ASVS 5.0.0.
Ids look like "6.2.1", without a V; tools/asvs/requirements.csv lists them.{near}"""


def pytest_configure(config: pytest.Config) -> None:
    """Watch this run."""
    config.pluginmanager.register(Marked(config), "asvs")


class Marked:
    """The marked tests of a run, and how they end."""

    def __init__(self, config: pytest.Config) -> None:
        """Know what may be proved."""
        self._folder = config.rootpath / FOLDER
        self._catalogue = Catalogue.read()
        self._ids: dict[str, tuple[str, ...]] = {}
        self._outcomes: dict[str, list[Outcome]] = defaultdict(list)

    @pytest.hookimpl(tryfirst=True)  # also of tests that are not selected
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Learn what the tests prove, and refuse what nobody requires."""
        for item in items:
            marks = item.iter_markers("asvs")
            if ids := tuple(name for mark in marks for name in mark.args):
                self._ids[item.nodeid] = ids
        wrong = [
            self._teach(test, name)
            for test, ids in self._ids.items()
            for name in ids
            if name not in self._catalogue.levels
        ]
        if wrong:
            raise pytest.UsageError("\n\n".join(wrong))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how each part of a test ended."""
        if report.nodeid in self._ids:
            self._outcomes[report.nodeid].append(report.outcome)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Say what this run proves, and write it down."""
        if not self._outcomes:
            return
        found = [
            Finding(test, self._ids[test], gravest(outcomes))
            for test, outcomes in self._outcomes.items()
        ]
        write(self._folder, f"{time.time_ns()}-{os.getpid()}", found)
        count = len(self._catalogue.applicable & proved(found).keys())
        terminalreporter.write_line(
            f"ASVS 5.0.0: this run proves {count} of {len(self._catalogue.applicable)} "
            "requirements; `make asvs` adds up all runs."
        )

    def _teach(self, test: str, wrong: str) -> str:
        near = get_close_matches(str(wrong), self._catalogue.levels, cutoff=0.7)
        return UNKNOWN.format(
            test=test,
            wrong=repr(wrong),
            near=f" Near it: {', '.join(near)}." if near else "",
        )
