"""Refresh tokens, and the files that keys come from."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from services.auth.sessions.model import Session
from services.auth.sessions.tokens import RefreshToken, RefreshTokens, read_refresh_key
from services.kit.jwk import read_signing_key

TOKENS = RefreshTokens(bytes(range(32)))
SESSION = Session.begin(uuid4(), datetime.now(UTC))


def pem(key: PrivateKeyTypes, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_a_refresh_token_says_session_and_counter():
    later = replace(SESSION, counter=123_456)

    read = TOKENS.read(TOKENS.issue(later))

    assert read == RefreshToken(SESSION.id, 123_456)


@pytest.mark.asvs("7.2.3")
def test_a_counter_always_has_the_same_token_and_no_other_has_it():
    assert TOKENS.issue(SESSION) == TOKENS.issue(SESSION)
    others = [
        TOKENS.issue(replace(SESSION, counter=2)),
        TOKENS.issue(replace(SESSION, id=UUID(int=SESSION.id.int ^ 1))),
        RefreshTokens(bytes(32)).issue(SESSION),
    ]
    signatures = {
        token.rpartition(".")[2] for token in (TOKENS.issue(SESSION), *others)
    }
    assert len(signatures) == 4


def test_a_refresh_token_fits_a_cookie():
    token = TOKENS.issue(replace(SESSION, counter=999_999_999))

    assert TOKENS.read(token)
    assert len(token) < 100
    assert not set(token) & set(' ",;\\=')


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace(".1.", ".\u0661."),
        lambda token: token.replace(".1.", ".\u00b9."),
        lambda token: token.replace(".", "\u3002"),
        lambda token: token + "\n",
        lambda token: "\ufeff" + token,
        lambda token: token[:-1] + "é",
        lambda token: token.encode().hex(),
    ],
)
def test_other_characters_are_no_way_in(change):
    assert TOKENS.read(change(TOKENS.issue(SESSION))) is None


def test_reads_the_keys_that_are_as_they_should_be(tmp_path: Path):
    signing, refresh = tmp_path / "signing.pem", tmp_path / "refresh"
    key = ec.generate_private_key(ec.SECP256R1())
    signing.write_bytes(pem(key, NoEncryption()))
    refresh.write_bytes(b64encode(bytes(32)) + b"\n")

    assert read_signing_key(signing).private_numbers() == key.private_numbers()
    assert read_refresh_key(refresh) == bytes(32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        pem(rsa.generate_private_key(65537, 2048), NoEncryption()),
        pem(ec.generate_private_key(ec.SECP384R1()), NoEncryption()),
        pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x")),
    ],
)
def test_another_signing_key_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "signing.pem"
    file.write_bytes(content)

    with pytest.raises(ValueError, match="expected a private key on P-256"):
        read_signing_key(file)


@pytest.mark.parametrize(
    "content",
    [b"", b64encode(bytes(31)), b64encode(bytes(33)), b"secret!", b"\xff" * 32],
)
def test_another_refresh_key_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "refresh"
    file.write_bytes(content)

    with pytest.raises(ValueError, match="expected 32 random bytes in base64"):
        read_refresh_key(file)


def test_a_missing_file_is_named(tmp_path: Path):
    for read in (read_signing_key, read_refresh_key):
        with pytest.raises(ValueError, match=r"cannot read .*/none: No such file"):
            read(tmp_path / "none")
