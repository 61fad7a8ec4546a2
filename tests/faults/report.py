"""What docs/faults.md says of each fault: the newest run of it."""

import re
import subprocess
from pathlib import Path

from deploy.local.state import ROOT
from tests.faults.findings import Fault, Findings

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- written by `make faults` -->\n", "<!-- end -->\n"
HEAD = (
    "| # | stimulus | runs | violations | figures | seed | commit |\n"
    "| --- | --- | ---: | ---: | --- | ---: | --- |\n"
)


def commit() -> str:
    """Name the commit that is measured; `+` if files differ from it."""
    return subprocess.run(
        ["git", "describe", "--always", "--abbrev=9", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.strip()


def row(fault: Fault, findings: Findings, *, seed: int, commit: str) -> str:
    """Write one line of the table."""
    figures = "; ".join(findings.figures)
    cells = [
        fault.number,
        fault.stimulus,
        f"{findings.runs:,}",
        f"{len(findings.violations):,}",
        figures,
        str(seed),
        f"`{commit}`",
    ]
    return f"| {' | '.join(cells)} |\n"


def record(line: str, page: Path = PAGE) -> None:
    """Put a line into the table, instead of the one with its number."""
    before, _, rest = page.read_text().partition(BEGIN)
    table, _, after = rest.partition(END)
    lines = [each + "\n" for each in table.splitlines() if re.match(r"\| F\d", each)]
    kept = [each for each in lines if each[:6] != line[:6]]
    table = HEAD + "".join(sorted([*kept, line]))
    page.write_text(f"{before}{BEGIN}{table}{END}{after}")
