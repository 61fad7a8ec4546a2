"""No promise is broken under any fault. `make faults` tries each many more times."""

import os
from random import Random, SystemRandom

import pytest

from tests.faults.faults import FAULTS
from tests.faults.findings import Fault
from tests.faults.system import System


@pytest.fixture(scope="module")
def seed() -> int:
    """What decides where the faults strike; pytest shows it when a test fails."""
    given = os.environ.get("PARLEY_FAULT_SEED")
    return int(given) if given else SystemRandom().randrange(10**6)


@pytest.mark.timeout(300)  # some begin with a system of their own
@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.stimulus) for fault in FAULTS]
)
async def test_every_promise_is_kept(fault: Fault, system: System, seed: int):
    print(f"PARLEY_FAULT_SEED={seed}")  # noqa: T201 - to try the same again

    findings = await fault.hurt(system, fault.short, Random(seed))  # noqa: S311

    assert findings.runs
    assert findings.violations == []
