"""Somebody who has a passkey."""

import pytest

from tests.auth.browser import Browser
from tests.auth.factors.authenticator import Authenticator
from tests.auth.factors.people import add_passkey


@pytest.fixture
async def passkey(alice: Browser) -> Authenticator:
    """The passkey of alice."""
    passkey, _ = await add_passkey(alice)
    return passkey
