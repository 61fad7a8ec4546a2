"""No promise is broken under any fault. `make faults` tries each many more times."""

import os
from random import Random, SystemRandom

import pytest
from _pytest.mark import ParameterSet

from tests.faults.faults import FAULTS
from tests.faults.findings import Fault
from tests.faults.system import System

# Runs that may meet a defect that is known: docs/faults.md tells of it.
BUSY = "failed once on a machine that was busy with 500 streams, and is not understood"
KNOWN = {
    "F05": BUSY,
    "F10": BUSY,
}


def tried(fault: Fault) -> ParameterSet:
    """Name a test; one that now and then meets a known defect may fail."""
    reason = KNOWN.get(fault.number)
    marks = [pytest.mark.xfail(reason=reason, strict=False)] if reason else []
    return pytest.param(fault, id=fault.stimulus, marks=marks)


@pytest.fixture(scope="module")
def seed() -> int:
    """What decides where the faults strike; pytest shows it when a test fails."""
    given = os.environ.get("PARLEY_FAULT_SEED")
    return int(given) if given else SystemRandom().randrange(10**6)


@pytest.mark.parametrize("fault", [*map(tried, FAULTS)])
async def test_every_promise_is_kept(fault: Fault, system: System, seed: int):
    print(f"PARLEY_FAULT_SEED={seed}")  # noqa: T201 - to try the same again

    findings = await fault.hurt(system, fault.short, Random(seed))  # noqa: S311

    assert findings.runs
    assert findings.violations == []
