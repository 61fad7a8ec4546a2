"""Codes by time, against the RFC and an independent reading of the QR code."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pyotp
import pytest

from services.auth.factors import totp

# RFC 6238 appendix B has eight digits; six are the last six of them.
RFC_SEED = b"12345678901234567890"
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]
NOW = datetime(2026, 11, 28, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str):
    moment = datetime.fromtimestamp(seconds, UTC)

    assert totp.matched(RFC_SEED, code, moment) == seconds // 30


@pytest.mark.parametrize(
    ("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_off_by_one_step(steps: int, taken: bool):
    step = totp.step_of(NOW) + steps
    code = pyotp.TOTP(totp.spelt(RFC_SEED)).generate_otp(step)

    assert totp.matched(RFC_SEED, code, NOW) == (step if taken else None)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "12345",
        "1234567",
        "abcdef",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "-12345",
        "+12345",
        "1e1000",
    ],
)
def test_what_is_not_six_digits_is_no_code(code: str):
    assert totp.matched(RFC_SEED, code, NOW) is None


def test_a_code_may_be_typed_in_groups():
    code = pyotp.TOTP(totp.spelt(RFC_SEED)).generate_otp(totp.step_of(NOW))

    assert totp.matched(RFC_SEED, f" {code[:3]} {code[3:]} ", NOW)


@pytest.mark.asvs("6.5.3")
def test_seeds_are_160_random_bits():
    seeds = {totp.new_seed() for _ in range(100)}

    assert len(seeds) == 100
    assert {len(seed) for seed in seeds} == {20}


def test_an_app_reads_the_uri():
    seed = totp.new_seed()

    app = pyotp.parse_uri(totp.uri(seed, "ada lovelace+1@parley.example"))

    assert isinstance(app, pyotp.TOTP)
    assert app.issuer == "Parley"
    assert app.name == "ada lovelace+1@parley.example"
    assert totp.matched(seed, app.at(NOW), NOW)


def test_the_picture_is_svg_without_script():
    drawn = ElementTree.fromstring(totp.picture("otpauth://totp/x?secret=A"))  # noqa: S314

    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert {one.tag.rpartition("}")[2] for one in drawn.iter()} == {"svg", "g", "path"}
