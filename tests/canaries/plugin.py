"""Fails a test whose log, or that of a process it has started, shows a secret."""

from collections.abc import Generator

import pytest

from tests.canaries.looking import in_text

# What the test itself says of its failure is not a log.
LOGS = ("Captured log", "Captured stdout", "Captured stderr")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Look at all that was captured, whatever the test came to."""
    report = yield
    leaks = [
        leak
        for name, text in report.sections
        if name.startswith(LOGS)
        for leak in in_text(name, text)
    ]
    if leaks and report.outcome != "failed":
        report.outcome = "failed"
        report.longrepr = f"A secret was logged: {'; '.join(leaks)}"
    return report
