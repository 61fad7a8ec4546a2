"""The score as the README of the policy states it."""

from collections.abc import Mapping

from tools.mesh_check.folder import POLICY
from tools.mesh_check.mutation.scoring import Score

README = POLICY / "README.md"
BEGINS = "<!-- What `make mesh-mutants` found begins here. -->"
ENDS = "<!-- What `make mesh-mutants` found ends here. -->"
HEAD = """\
| what is done | changes | mean the same | mistakes | noticed by a check |
|---|---|---|---|---|
"""


def table(scores: Mapping[str, Score]) -> str:
    """Write the scores as people read them."""
    return HEAD + "".join(row(what, score) for what, score in scores.items())


def row(what: str, score: Score) -> str:
    """Write one of them."""
    same = sum(map(len, score.same.values()))
    return (
        f"| {what} | {same + score.mistakes} | {same} | {score.mistakes} "
        f"| {len(score.noticed)} ({score.percent:.2f} %) |\n"
    )


def published() -> str:
    """Read what the README states."""
    return README.read_text().partition(BEGINS)[2].partition(ENDS)[0].strip() + "\n"


def publish(text: str) -> None:
    """Write it there."""
    before, _, rest = README.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    README.write_text(f"{before}{BEGINS}\n{text}{ENDS}{after}")


def changes() -> dict[str, int]:
    """Say how many changes of each kind were tried when it was published."""
    rows = [line.split("|") for line in published().splitlines()[2:]]
    return {cells[1].strip(): int(cells[2]) for cells in rows}
