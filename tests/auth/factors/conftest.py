"""Somebody who has a passkey, and a time for codes."""

import pytest

from tests.auth.browser import Browser
from tests.auth.conftest import Clock
from tests.auth.factors.authenticator import Authenticator
from tests.auth.factors.people import add_passkey, begin_step


@pytest.fixture
def clock() -> Clock:
    """The beginning of a step: an app shows one code while a test runs."""
    clock = Clock()
    begin_step(clock)
    return clock


@pytest.fixture
async def passkey(alice: Browser) -> Authenticator:
    """The passkey of alice."""
    passkey, _ = await add_passkey(alice)
    return passkey
