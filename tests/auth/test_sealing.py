"""Secrets at rest, and the keys that seal them."""

from base64 import b64encode
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.sealing.sealer import SealBroken, Sealer, read_sealer

OLD, NEW = token_bytes(32), token_bytes(32)
SEALER = Sealer("new", {"new": NEW, "old": OLD})
CONTEXT = "totp users/1"


def line(version: str, key: bytes) -> str:
    return f"{version}:{b64encode(key).decode()}\n"


@settings(deadline=None)
@given(st.binary(max_size=100), st.text(max_size=50))
def test_what_is_sealed_is_opened_for_the_same(plain: bytes, context: str):
    sealed = SEALER.seal(plain, context=context)

    assert SEALER.open(sealed, context=context) == plain


def test_what_is_sealed_cannot_be_read_and_is_never_the_same_twice():
    sealed = {SEALER.seal(b"a secret seed", context=CONTEXT) for _ in range(100)}

    assert len(sealed) == 100
    assert not any(b"secret" in each for each in sealed)


@pytest.mark.asvs("11.2.2")
def test_what_an_older_key_sealed_is_opened_and_is_known_to_be_old():
    sealed = Sealer("old", {"old": OLD}).seal(b"seed", context=CONTEXT)

    assert SEALER.open(sealed, context=CONTEXT) == b"seed"
    assert not SEALER.is_current(sealed)
    assert SEALER.is_current(SEALER.seal(b"seed", context=CONTEXT))


@pytest.mark.asvs("11.3.3")
@pytest.mark.parametrize("place", range(-20, 40, 7))
def test_a_changed_byte_is_noticed(place: int):
    sealed = bytearray(SEALER.seal(b"seed", context=CONTEXT))
    sealed[place % len(sealed)] ^= 1

    with pytest.raises(SealBroken):
        SEALER.open(bytes(sealed), context=CONTEXT)


@pytest.mark.parametrize("sealed", [b"", b"new:", b"new:short", b"\xff:x", b"none"])
def test_what_was_never_sealed_is_refused(sealed: bytes):
    with pytest.raises(SealBroken):
        SEALER.open(sealed, context=CONTEXT)


@pytest.mark.asvs("11.3.3")
def test_one_cannot_be_passed_off_as_another():
    sealed = SEALER.seal(b"seed", context="totp users/1")

    with pytest.raises(SealBroken):
        SEALER.open(sealed, context="totp users/2")


def test_without_its_key_a_secret_is_lost():
    sealed = SEALER.seal(b"seed", context=CONTEXT)

    with pytest.raises(SealBroken):
        Sealer("old", {"old": OLD}).open(sealed, context=CONTEXT)


def test_the_first_key_of_the_file_seals(tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text(line("2026-11", NEW) + line("1", OLD))

    sealer = read_sealer(file)

    assert sealer.current == "2026-11"
    assert sealer.keys == {"2026-11": NEW, "1": OLD}
    assert str(NEW) not in repr(sealer)


@pytest.mark.parametrize(
    "content",
    [
        "",
        b64encode(NEW).decode(),
        line("1", NEW[:16]),
        line("UPPER", NEW),
        line("1", NEW) + "more",
        line("1", NEW) + line("1", OLD),
        "\xff",
    ],
)
def test_another_file_is_refused_and_told_how_it_should_be(
    tmp_path: Path, content: str
):
    file = tmp_path / "keys"
    file.write_text(content)

    with pytest.raises(ValueError, match=r"expected lines of a|each version once"):
        read_sealer(file)
