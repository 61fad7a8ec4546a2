"""What is secret is drawn from the system, where nobody foresees it."""

import random
from collections.abc import Callable, Sequence
from math import log2
from uuid import UUID

import pytest

from services.auth.api_keys.texts import KeyText
from services.auth.codes.model import new_code
from services.auth.devices.model import Codes
from services.auth.factors import totp
from services.auth.factors.recovery import new_codes

DRAWN: dict[str, Callable[[], object]] = {
    "a code by mail": new_code,
    "a terminal's codes": Codes.make,
    "recovery codes": new_codes,
    "an app's seed": totp.new_seed,
    "an API key": lambda: KeyText.make(UUID(int=0)),
}
# Of each code: how many characters it has, of how many that may be there.
CODES: dict[str, tuple[Callable[[], str], int, int]] = {
    "a code by mail": (new_code, 8, 10),
    "a code for a terminal": (lambda: Codes.make().user, 8, 20),
    "a recovery code": (lambda: new_codes()[0].replace("-", ""), 24, 32),
}


@pytest.mark.asvs("6.5.3", "6.4.1")
@pytest.mark.parametrize("what", DRAWN)
def test_a_seed_that_somebody_knows_foretells_nothing(what: str):
    """Were they Python's own random numbers, both would be the same."""
    drawn = []
    for _ in range(2):
        random.seed(6238)
        drawn.append(DRAWN[what]())

    assert drawn[0] != drawn[1]


@pytest.mark.asvs("6.5.4")
@pytest.mark.parametrize("what", CODES)
def test_a_code_has_at_least_20_bits(what: str):
    make, length, letters = CODES[what]

    codes = [make() for _ in range(400)]

    assert {len(code) for code in codes} == {length}
    assert length * log2(letters) >= 20
    assert all(varied(place, letters) for place in zip(*codes, strict=True))


def varied(place: Sequence[str], letters: int) -> bool:
    """Tell whether hardly any of the characters that may be in a place is missing."""
    return 0.9 * letters <= len(set(place)) <= letters
