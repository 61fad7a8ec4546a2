"""What is made of what was measured of Parley alone."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from services.chat.messages.model import MAX_REPLY
from tests.bench.alone import idle, lengths, searching, uploading
from tests.bench.alone.figures import dearest, percentiles
from tests.bench.alone.histories import exported
from tests.bench.alone.kinds import ALONE
from tests.bench.alone.search_data import Data
from tests.bench.goals import TITLES, goals, shown
from tests.bench.markdown import document
from tests.bench.progress import SECONDS, Steps
from tests.bench.results import Figure, Results, read
from tests.bench.scenarios import KINDS
from tests.doubles.script import words


def figure(value: float, *, goal: float | None = 60.0) -> Figure:
    return Figure(
        kind="idle",
        what="devices",
        at="both",
        value=value,
        unit="KiB",
        of="9",
        goal=goal,
    )


@pytest.fixture
def results() -> Results:
    return Results(
        when="2026-01-01T00:00+00:00",
        quick=False,
        machine={"cores": "2"},
        versions={"Envoy": "1"},
        figures=[figure(59.94), figure(60.1), figure(7.0, goal=None)],
    )


def test_a_goal_is_the_most_that_a_figure_may_be():
    assert figure(60.0).met is True
    assert figure(60.1).met is False
    assert figure(1.0, goal=None).met is None


def test_the_goals_say_what_is_met_and_how_to_repeat_it(results: Results):
    assert goals(results).rows == [
        ["idle: devices, both", "≤ 60 KiB", "59.9 KiB", "met", AGAIN],
        ["idle: devices, both", "≤ 60 KiB", "60.1 KiB", "missed", AGAIN],
    ]


AGAIN = "`make bench ARGS='--only idle'`"


def test_the_page_has_every_figure_and_the_goals(results: Results):
    page = document(results)

    assert "| devices | both | 7.00 KiB |  | 9 |" in page
    assert f"| idle: devices, both | ≤ 60 KiB | 59.9 KiB | met | {AGAIN} |" in page
    assert page.index("## Goals") < page.index(f"## {TITLES['idle']}")
    assert "## What bounds it" in page


def test_a_figure_has_as_many_places_as_mean_something():
    assert [shown(figure(value)) for value in (1.234, 12.34, 1234.5)] == [
        "1.23 KiB",
        "12.3 KiB",
        "1,234 KiB",
    ]


def test_figures_are_kept(results: Results, tmp_path: Path):
    results.write(tmp_path / "latest.json")

    assert read(tmp_path / "latest.json") == results


def test_what_is_measured_anew_is_forgotten_first(results: Results):
    results.forget(["idle"])

    assert results.figures == []


def test_every_kind_has_a_title_and_a_time():
    assert set(TITLES) == set(ALONE)
    assert set(SECONDS) == {"start", *KINDS, *ALONE}


def test_a_whole_run_and_a_quick_one_are_short_enough():
    whole, quick = (sum(times) for times in zip(*SECONDS.values(), strict=True))

    assert whole <= 36 * 60
    assert quick <= 7 * 60


def test_a_run_says_how_long_it_still_takes():
    console = Console(file=StringIO(), width=110)
    with Steps.shown(console, ["start", "search"], quick=False) as steps:
        steps.begin("start")
        before = steps.left
        steps.begin("search")
        after = steps.left

    assert (before, after) == ("about 6 min left", "about 5 min left")


def test_percentiles_are_in_milliseconds():
    made = percentiles("stop", "it", [0.1, 0.2, 0.3], (50,), of="3", goals=(150.0,))

    assert [(each.at, each.value, each.met) for each in made] == [("p50", 200.0, False)]


def test_the_dearest_is_compared_with_the_cheapest():
    assert dearest("length", "it", [2.0, 1.0, 1.5], of="", goal=1.3).value == 2.0


def test_each_length_of_reply_has_as_many_tokens_and_fits():
    sizes = lengths.replies(quick=False)

    assert len({size.tokens * size.replies for size in sizes}) == 1
    assert all(size.replies >= lengths.READERS for size in sizes)
    assert len("".join(words(sizes[-1].tokens))) <= MAX_REPLY


def test_the_memory_of_a_stream_is_told_by_part():
    kib = 1024 * 10
    held = idle.Held(
        memory={"envoy": 30 * kib, "chat": 25 * kib},
        most={"envoy": 40 * kib, "chat": 25 * kib},
        cpu={"chat": 0.05, "envoy": 0.01},
    )

    made = idle.figures("watchers", held, 10)

    assert [each.value for each in made] == pytest.approx([30, 25, 55, 65, 6])
    assert [each.met for each in made] == [None, None, True, None, None]


def test_a_machine_with_little_memory_holds_fewer_streams(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(idle, "CLIENT_BYTES", 2**40)

    assert idle.room(10_000) == 0


def test_a_history_is_one_branch_of_questions_and_answers():
    (conversation,) = json.loads(exported(20))["conversations"]
    said = conversation["messages"]

    assert [message["parent"] for message in said] == [
        None,
        *(message["id"] for message in said[:-1]),
    ]
    assert {message["role"] for message in said[::2]} == {"user"}
    assert conversation["current_message"] == said[-1]["id"]
    assert said[-1]["role"] == "assistant"


def test_the_slowest_kind_of_search_has_a_line_of_its_own():
    found = {
        (who, kind): [seconds] * 3
        for who in (searching.ANYONE, searching.HEAVY)
        for kind, seconds in (("a word", 0.010), ("a phrase", 0.060))
    }

    made = list(searching.figures(found, Data.of(users=2, messages=10)))

    slowest = [each for each in made if "the slowest kind: a phrase" in each.what]
    assert [(round(each.value), each.met) for each in slowest] == [(60, False)] * 2
    assert [each.at for each in made] == ["p50", "p95", "p95"] * 2


def test_an_upload_is_told_by_its_speed_and_by_what_a_mib_costs():
    turns = [
        uploading.Turn(mib=32, seconds=seconds, cpu={"llm": 0.32, "chat": 0.32})
        for seconds in (0.5, 1.0, 4.0)
    ]

    one, four = (uploading.figures("in parts", users, turns) for users in (1, 4))

    assert [(each.at, each.value) for each in one] == [
        ("stored", 32.0),
        ("CPU of envoy", 0.0),
        ("CPU of llm", 10.0),
        ("CPU of postgres", 0.0),
        ("CPU of all parts", 20.0),
    ]
    assert [each.at for each in four] == ["stored", "CPU of all parts"]


def test_an_upload_is_cut_into_parts_that_make_the_file_again():
    file = bytes(range(256)) * 1024 + b"end"

    assert [len(part) for part in uploading.parts(file)] == [256 * 1024, 3]
    assert b"".join(uploading.parts(file)) == file
