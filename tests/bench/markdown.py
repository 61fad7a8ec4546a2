"""Writes a run as the page `docs/benchmarks.md`."""

from pathlib import Path

from tests.bench.goals import alone, goals
from tests.bench.results import Results
from tests.bench.summary import Table, headlines, parts, tables

# What is written by hand: how it is measured, and what bounds it.
METHOD = Path(__file__).with_name("method.md")
BOUNDS = Path(__file__).with_name("bounds.md")


def document(results: Results) -> str:
    """Return the whole page."""
    notes = "".join(f"\n{note[0].upper()}{note[1:]}." for note in results.notes)
    compared = (*tables(results), parts(results))
    shown = [goals(results), *compared, *alone(results)]
    sections = [_section(table) for table in shown if table.rows]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `make bench`; measure again with",
            "",
            "    make bench-peers  # once: LiteLLM and LangChain, each apart",
            "    make bench                              # all of it, half an hour",
            "    make bench ARGS='--only burst'          # not written here",
            "    make bench ARGS='--only search --again' # written here",
            "",
            f"Measured {results.when}.{notes}",
            "",
            *headlines(results),
            "",
            *sections,
            BOUNDS.read_text(),
            METHOD.read_text(),
            "## On what",
            "",
            *_pairs(results.machine),
            "",
            *_pairs(results.versions),
            "",
        ]
    )


def _pairs(pairs: dict[str, str]) -> list[str]:
    return [f"- {name}: {value}" for name, value in pairs.items()]


def _section(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {table.title}\n\n{rows}\n"
