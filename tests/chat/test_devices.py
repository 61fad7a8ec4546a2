"""
Whatever people do, at several devices at once, and whatever dies meanwhile.

What was acknowledged is there, once, in order, and nobody else's; what was shown is
what is stored; what was charged adds up. `HYPOTHESIS_PROFILE=long` plays for longer.
"""

import os
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.chat.devices.checks import check, settle
from tests.chat.devices.checks_of_sums import check_changes, check_charges
from tests.chat.devices.drawing import Step, games
from tests.chat.devices.system import System, running
from tests.chat.devices.table import Table
from tests.doubles.upstream import Upstream
from tests.identity import Identity

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
GAMES, SECONDS = (150, 7_200) if LONG else (6, 300)


@pytest.fixture
async def system(
    chat_database: str, llm_address: str, upstream: Upstream, identity: Identity
) -> AsyncIterator[System]:
    """Everything, with two processes of chat."""
    async with running(chat_database, llm_address, upstream, identity) as system:
        yield system


@pytest.mark.timeout(SECONDS)
@given(game=games)
@settings(
    max_examples=GAMES,
    deadline=None,
    print_blob=True,
    # What two processes do at once does not happen twice in the same way.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
async def test_what_was_acknowledged_is_there_once_and_adds_up(
    system: System, game: list[Step]
):
    await system.start_all()
    system.upstream.rescript(system.upstream.script)
    table = Table(system)
    try:
        await table.sit_down()
        for step in game:
            await step.play(table)
            table.require_well()
        await settle(table)
        await check(table)
        for device in table.devices:
            await check_charges(table, device)
        for user in table.conversations:
            await check_changes(table, user)
    finally:
        await table.get_up()
