"""Recovery codes, as they are made and typed."""

import re

import pytest

from services.auth.factors.recovery import CODES, hashed, new_codes


@pytest.mark.asvs("6.5.2", "6.5.4")
def test_each_is_120_random_bits_in_groups():
    codes = [code for _ in range(20) for code in new_codes()]

    assert len(set(codes)) == len(codes) == 20 * CODES
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in codes)
    places = zip(*(code.replace("-", "") for code in codes), strict=True)
    assert all(len(set(place)) >= 25 for place in places), "of 32 that may be there"


def test_it_may_be_typed_as_one_likes():
    (code, *_) = new_codes()

    for typed in (code.upper(), code.replace("-", ""), f"  {code.replace('-', ' ')} "):
        assert hashed(typed) == hashed(code)


def test_another_is_another():
    one, other, *_ = new_codes()

    assert hashed(one) != hashed(other)
    assert hashed("") != hashed(one)
