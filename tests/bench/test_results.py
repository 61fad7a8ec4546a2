"""What is made of the rounds."""

from pathlib import Path

import pytest

from tests.bench.markdown import document
from tests.bench.results import Memory, Results, Round, efficiency, ratio, read
from tests.bench.scenarios import KINDS, chosen
from tests.bench.summary import tables


def a_round(system: str, *, cpu: float, number: int = 0, wrong: int = 0) -> Round:
    return Round(
        scenario="burst x 16",
        system=system,
        number=number,
        right=10,
        wrong=wrong,
        tokens_each=200,
        pieces=200,
        seconds=4.0,
        cpu_seconds={"chat": cpu / 2, "envoy": cpu / 2},
        first=[0.010, 0.020, 0.030],
        whole=[0.100, 0.200, 0.300],
        faults=["text: 'ba'"] if wrong else [],
    )


@pytest.fixture
def results() -> Results:
    ours = [a_round("parley", cpu=cpu, number=n) for n, cpu in enumerate((1, 2, 4))]
    theirs = [
        a_round("litellm", cpu=cpu, number=n) for n, cpu in enumerate((8, 40, 60))
    ]
    return Results(
        when="2026-01-01T00:00+00:00",
        quick=False,
        machine={"cores": "2"},
        versions={"Envoy": "1"},
        rounds=ours + theirs,
        memory=[
            Memory(
                system="parley",
                idle={"chat": 10**7},
                loaded={"chat": 10**8},
                idle_resident={"chat": 2 * 10**7},
            )
        ],
    )


def test_efficiency_is_the_median_of_tokens_per_cpu_second(results: Results):
    assert efficiency(results.of("burst x 16", "parley")) == 10 * 200 / 2


def test_the_ratio_is_the_median_of_the_rounds_ratios(results: Results):
    ours, theirs = (results.of("burst x 16", name) for name in ("parley", "litellm"))

    assert ratio(ours, theirs) == pytest.approx(15)


def test_a_system_that_died_is_compared_in_the_rounds_that_it_did(results: Results):
    ours, theirs = (results.of("burst x 16", name) for name in ("parley", "litellm"))

    assert ratio(ours, theirs[1:2]) == pytest.approx(20)


def test_wrong_replies_are_reported_and_do_not_count(results: Results):
    results.rounds = [a_round("langchain", cpu=1, wrong=3)]

    (faults,) = [table for table in tables(results) if table.title == "Wrong replies"]
    assert faults.rows == [["burst x 16", "LangChain", "3", "text: 'ba'"]]


def test_what_was_kept_can_be_read(results: Results, tmp_path: Path):
    results.write(tmp_path / "bench" / "latest.json")

    assert read(tmp_path / "bench" / "latest.json") == results


def test_the_page_holds_the_figures_and_the_method(results: Results):
    page = document(results)

    assert "| burst x 16 | Parley | 1,000 |" in page
    assert "| burst x 16 | LiteLLM | 50 | 15.0 x |" in page
    assert "- burst x 16: 15.0 times LiteLLM's tokens per CPU-second" in page
    assert "make bench" in page


def test_every_kind_but_memory_has_scenarios():
    for quick in (True, False):
        kinds = {scenario.kind for scenario in chosen(KINDS, quick=quick)}
        assert kinds == set(KINDS) - {"memory"}


def test_a_round_gives_every_reader_as_much_to_do():
    for scenario in chosen(KINDS, quick=False):
        assert scenario.replies(per_second=123.4) % scenario.readers == 0


def test_what_is_measured_anew_is_not_missing_any_more(results: Results):
    results.notes = ["search was not measured: Broken: x", "litellm was not installed"]

    results.forget(["search"])

    assert results.notes == ["litellm was not installed"]
