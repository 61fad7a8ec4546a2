"""Turns rounds into the few rows that are worth reading; the page and the terminal."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.results import (
    Results,
    Round,
    efficiency,
    firsts,
    percentile,
    ratio,
    wholes,
)

OURS = "parley"
DIRECT = "direct"
TITLES = {
    OURS: "Parley",
    "litellm": "LiteLLM",
    "langchain": "LangChain",
    DIRECT: "the model itself",
}


@dataclass(frozen=True)
class Table:
    """Rows of text under a heading."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def tables(results: Results) -> list[Table]:
    """Return every table that the run has figures for."""
    made = [throughput(results), first_token(results), memory(results), faults(results)]
    return [table for table in made if table.rows]


def headlines(results: Results) -> list[str]:
    """Say in a line each how Parley compares with LiteLLM, and what it adds."""
    lines = []
    for scenario in _scenarios(results, "burst", "paced"):
        ours, theirs = (results.of(scenario, name) for name in (OURS, "litellm"))
        if ours and theirs and (times := ratio(ours, theirs)):
            lines.append(
                f"- {scenario}: {times:.1f} times LiteLLM's tokens per CPU-second"
            )
    for scenario in _scenarios(results, "first-token"):
        waits, direct = (firsts(results.of(scenario, name)) for name in (OURS, DIRECT))
        if waits and direct:
            added = _added(waits, direct, 50)
            lines.append(f"- {scenario}: {added} added to the first token (p50)")
    for each in results.memory:
        if each.system == OURS:
            used = _megabytes(sum(each.idle.values()))
            lines.append(f"- the whole system, idle: {used}")
    return lines


def throughput(results: Results) -> Table:
    """Compare the work done for a second of CPU."""
    rows = []
    for scenario in _scenarios(results, "burst", "paced"):
        ours = results.of(scenario, OURS)
        for system in results.systems:
            rounds = results.of(scenario, system)
            if not rounds:
                continue
            times = ratio(ours, rounds) if ours and system != OURS else None
            rows.append(
                [
                    scenario,
                    TITLES[system],
                    _number(efficiency(rounds)),
                    f"{times:.1f} x" if times else "",
                    f"{_median(rounds, lambda each: each.replies_per_second):.1f}",
                    f"{_median(rounds, _pieces):.0f}",
                    f"{percentile(wholes(rounds), 50):.2f} s",
                    _milliseconds(percentile(firsts(rounds), 50)),
                ]
            )
    columns = [
        "readers",
        "system",
        "tokens/CPU-s",
        "Parley / it",
        "replies/s",
        "pieces",
        "whole p50",
        "first p50",
    ]
    return Table("Tokens per CPU-second", columns, rows)


def first_token(results: Results) -> Table:
    """Compare the wait for the first token with that of asking the model directly."""
    rows = []
    for scenario in _scenarios(results, "first-token"):
        direct = firsts(results.of(scenario, DIRECT))
        for system in results.systems:
            waits = firsts(results.of(scenario, system))
            if not waits:
                continue
            rows.append(
                [
                    scenario,
                    TITLES[system],
                    *(_milliseconds(percentile(waits, p)) for p in (50, 99)),
                    *(_added(waits, direct, p) for p in (50, 99)),
                ]
            )
    columns = ["readers", "system", "p50", "p99", "added p50", "added p99"]
    return Table("First token", columns, rows)


def memory(results: Results) -> Table:
    """Compare the memory of all processes, Parley's by part."""
    rows = []
    for each in results.memory:
        idle, loaded = sum(each.idle.values()), sum(each.loaded.values())
        resident = _megabytes(sum(each.idle_resident.values()))
        rows.append(
            [TITLES[each.system], "all", _megabytes(idle), _megabytes(loaded), resident]
        )
        parts = sorted(each.loaded, key=each.loaded.__getitem__, reverse=True)
        rows += [
            [
                "",
                part,
                _megabytes(each.idle.get(part, 0)),
                _megabytes(each.loaded[part]),
                _megabytes(each.idle_resident.get(part, 0)),
            ]
            for part in parts
            if len(parts) > 1
        ]
    return Table("Memory", ["system", "part", "idle", "loaded", "idle, resident"], rows)


def faults(results: Results) -> Table:
    """List what was not answered as scripted; such replies count nowhere."""
    rows = [
        [
            each.scenario,
            TITLES[each.system],
            str(each.wrong),
            " ".join("".join(each.faults[:1]).split())[:90],
        ]
        for each in results.rounds
        if each.wrong
    ]
    return Table("Wrong replies", ["readers", "system", "wrong", "for instance"], rows)


def parts(results: Results) -> Table:
    """Show where Parley's CPU time goes, for each reply."""
    rows = []
    for scenario in _scenarios(results, "burst", "paced"):
        rounds = results.of(scenario, OURS)
        for part in sorted({part for each in rounds for part in each.cpu_seconds}):
            spent = sum(each.cpu_seconds.get(part, 0.0) for each in rounds)
            replies = sum(each.right for each in rounds)
            if spent and replies:
                rows.append([scenario, part, f"{spent / replies * 1000:.2f} ms"])
    return Table("Where it goes", ["readers", "part", "CPU time a reply"], rows)


def _pieces(each: Round) -> float:
    return each.pieces / max(1, each.right)


def _scenarios(results: Results, *kinds: str) -> list[str]:
    return [name for name in results.scenarios if name.split(" x ")[0] in kinds]


def _median(rounds: list[Round], of: Callable[[Round], float]) -> float:
    return percentile([of(each) for each in rounds], 50)


def _added(waits: list[float], direct: list[float], percent: int) -> str:
    if not direct or waits == direct:
        return ""
    return _milliseconds(percentile(waits, percent) - percentile(direct, percent))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
