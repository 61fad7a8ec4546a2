"""The states of a circuit, whatever happens."""

from hypothesis import given
from hypothesis import strategies as st

from services.llm.guards.circuit import (
    CONSECUTIVE,
    ENOUGH,
    LONGEST_REST_SECONDS,
    REST_SECONDS,
    Circuit,
    Pass,
    Refused,
)
from tests.llm.guards.asking import Clock

RECOVERY_SECONDS = 10.0

# Each step: so many seconds pass, then a call begins, and fails or not.
STEPS = st.lists(st.tuples(st.floats(0, 7), st.booleans()), max_size=60)


def broken(clock: Clock) -> Circuit:
    circuit = Circuit(clock=clock)
    for _ in range(CONSECUTIVE):
        assert circuit.ask() == Pass(probe=False)
        circuit.failed(probe=False)
    return circuit


def test_it_opens_after_failures_in_a_row_and_says_for_how_long():
    circuit = broken(Clock())

    assert circuit.open
    assert circuit.ask() == Refused(REST_SECONDS)


def test_it_opens_when_half_of_many_fail():
    circuit = Circuit(clock=Clock())

    for _ in range(ENOUGH // 2):
        circuit.failed(probe=False)
        circuit.succeeded()
    circuit.failed(probe=False)

    assert circuit.open


def test_failures_now_and_then_do_not_open_it():
    clock = Clock()
    circuit = Circuit(clock=clock)

    for _ in range(200):
        circuit.failed(probe=False)
        for _ in range(3):
            circuit.succeeded()
        clock.now += 0.1

    assert not circuit.open


def test_one_probe_is_let_through_and_closes_it():
    clock = Clock()
    circuit = broken(clock)
    clock.now += REST_SECONDS

    probe, other = circuit.ask(), circuit.ask()
    circuit.succeeded()

    assert probe == Pass(probe=True)
    assert isinstance(other, Refused)
    assert circuit.ask() == Pass(probe=False)


def test_a_probe_that_hangs_does_not_keep_others_from_being_sent():
    clock = Clock()
    circuit = broken(clock)
    clock.now += REST_SECONDS
    circuit.ask()

    clock.now += LONGEST_REST_SECONDS

    assert circuit.ask() == Pass(probe=True)


@given(STEPS)
def test_it_recovers_within_ten_seconds_whatever_happened(
    steps: list[tuple[float, bool]],
):
    clock = Clock()
    circuit = Circuit(clock=clock)
    for seconds, fails in steps:
        clock.now += seconds
        may = circuit.ask()
        if isinstance(may, Pass):
            circuit.failed(probe=may.probe) if fails else circuit.succeeded()

    back = clock.now
    while circuit.open:  # somebody asks twice a second, and the provider is well
        if isinstance(circuit.ask(), Pass):
            circuit.succeeded()
        clock.now += 0.5

    assert clock.now - back <= RECOVERY_SECONDS


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_a_provider_that_is_down_gets_no_more_than_a_probe_a_second(
    waits: list[float],
):
    clock = Clock()
    circuit = broken(clock)
    began = clock.now
    passed = 0

    for seconds in waits:
        clock.now += seconds
        may = circuit.ask()
        if isinstance(may, Pass):
            assert may.probe
            passed += 1
            circuit.failed(probe=True)

    assert passed <= (clock.now - began) / REST_SECONDS


@given(st.integers(0, 50))
def test_those_who_asked_before_it_opened_make_it_no_worse(late: int):
    clock = Clock()
    circuit = broken(clock)

    for _ in range(late):
        circuit.failed(probe=False)

    assert circuit.ask() == Refused(REST_SECONDS)
