"""What is believed of passkeys: everything a real one says, nothing another says."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.auth.factors.model import Credential, InvalidPasskey
from services.auth.factors.relying import MAX_RESPONSE, RelyingParty
from tests.auth.factors.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    ORIGIN,
    PRESENT,
    RP_ID,
    VERIFIED,
    Authenticator,
    decoded,
    encoded,
)

PARTY = RelyingParty(ORIGIN)
CHALLENGE = bytes(range(32))


def creation(user_id: UUID) -> str:
    return PARTY.creation_options(
        CHALLENGE,
        user_id=user_id,
        account="ada@parley.example",
        display_name="Ada",
        known=[],
    )


def request(*known: Credential) -> str:
    return PARTY.request_options(CHALLENGE, known=known, verify_user=True)


def register(passkey: Authenticator, **changes: Any) -> Credential:
    user_id = uuid4()
    attested = PARTY.attested(passkey.create(creation(user_id), **changes))
    assert attested.challenge == CHALLENGE
    return PARTY.registered(attested, user_id)


def show(passkey: Authenticator, credential: Credential, **changes: Any) -> Any:
    asserted = PARTY.asserted(passkey.get(request(credential), **changes))
    assert asserted.challenge == CHALLENGE
    return PARTY.shown(asserted, credential, verify_user=True)


@pytest.mark.asvs("6.7.2")
def test_browsers_are_asked_for_a_passkey_that_can_be_used_alone():
    user_id = uuid4()

    options = json.loads(creation(user_id))

    assert options["rp"] == {"name": "Parley", "id": RP_ID}
    assert decoded(options["user"]["id"]) == user_id.bytes
    assert decoded(options["challenge"]) == CHALLENGE
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"


def test_a_passkey_is_registered_and_shown():
    passkey = Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)

    credential = register(passkey)
    shown = show(passkey, credential)

    assert credential.credential_id == passkey.credential_id
    assert credential.backup_eligible
    assert credential.backed_up
    assert credential.transports == ("internal", "hybrid")
    assert (shown.sign_count, shown.backed_up, shown.user_verified) == (1, True, True)


def test_a_known_passkey_is_named_to_the_browser():
    credential = register(Authenticator())

    (named,) = json.loads(request(credential))["allowCredentials"]

    assert decoded(named["id"]) == credential.credential_id
    assert named["transports"] == ["internal", "hybrid"]


LIES: dict[str, Callable[[Authenticator], object]] = {
    "another origin": lambda it: setattr(it, "origin", "https://parley.example.evil"),
    "its parent domain": lambda it: setattr(it, "origin", "https://example"),
    "another port": lambda it: setattr(it, "origin", f"{ORIGIN}:8443"),
    "without TLS": lambda it: setattr(it, "origin", "http://parley.example"),
    "another relying party": lambda it: setattr(it, "rp_id", "evil.example"),
    "in a frame": lambda it: setattr(it, "cross_origin", True),
    "nobody was verified": lambda it: setattr(it, "flags", PRESENT),
    "nobody was present": lambda it: setattr(it, "flags", VERIFIED),
    "backed up, but not eligible": lambda it: setattr(
        it, "flags", PRESENT | VERIFIED | BACKED_UP
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_such_registration_is_believed(lie: str):
    passkey = Authenticator()
    LIES[lie](passkey)

    with pytest.raises(InvalidPasskey):
        register(passkey)


@pytest.mark.parametrize("lie", LIES)
def test_no_such_assertion_is_believed(lie: str):
    passkey = Authenticator()
    credential = register(passkey)
    LIES[lie](passkey)

    with pytest.raises(InvalidPasskey):
        show(passkey, credential)


def test_what_is_for_one_ceremony_is_not_for_the_other():
    passkey = Authenticator()
    credential = register(passkey)

    with pytest.raises(InvalidPasskey):
        register(Authenticator(), type="webauthn.get")
    with pytest.raises(InvalidPasskey):
        show(passkey, credential, type="webauthn.create")


def test_another_key_signs_in_vain():
    passkey = Authenticator()
    credential = register(passkey)
    forged = Authenticator(credential_id=passkey.credential_id)

    with pytest.raises(InvalidPasskey):
        show(forged, credential)


def test_whether_it_may_be_on_several_devices_never_changes():
    passkey = Authenticator()
    credential = register(passkey)
    passkey.flags |= ELIGIBLE

    with pytest.raises(InvalidPasskey):
        show(passkey, credential)


@pytest.mark.parametrize(
    "attestation",
    ["tpm", "android-key", "android-safetynet", "apple", "fido-u2f", "made-up"],
)
def test_attestation_that_was_not_asked_for_is_not_read(attestation: str):
    with pytest.raises(InvalidPasskey):
        register(Authenticator(attestation=attestation))


def test_a_statement_of_nothing_is_empty():
    with pytest.raises(InvalidPasskey):
        register(Authenticator(statement={"sig": b"x"}))


def test_an_attestation_that_is_wrong_is_refused():
    statement = {"alg": -7, "sig": b"garbage"}

    with pytest.raises(InvalidPasskey):
        register(Authenticator(attestation="packed", statement=statement))


def test_the_id_is_the_one_in_the_attestation():
    with pytest.raises(InvalidPasskey):
        register(Authenticator(), id=encoded(b"other"), rawId=encoded(b"other"))


def test_a_credential_id_has_its_length():
    with pytest.raises(InvalidPasskey):
        register(Authenticator(credential_id=bytes(1024)))


GARBAGE = [
    "",
    "null",
    "[]",
    "{}",
    "0",
    '"text"',
    "{",
    "\0",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "[" * 16_000,
    '{"a":' * 3_000,
    '{"id":"a","rawId":"a","type":"public-key","response":{}}',
    '{"id":1,"rawId":[],"type":{},"response":"x"}',
    '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"W10",'
    '"attestationObject":"oA","authenticatorData":"oA","signature":"oA"}}',
    "1" * 16_000,
    "x" * (MAX_RESPONSE + 1),
    "x" * 3_000_000,
]


@pytest.mark.parametrize("garbage", range(len(GARBAGE)))
def test_garbage_is_refused_alike(garbage: int):
    with pytest.raises(InvalidPasskey):
        PARTY.attested(GARBAGE[garbage])
    with pytest.raises(InvalidPasskey):
        PARTY.asserted(GARBAGE[garbage])


@pytest.mark.parametrize(
    "cbor",
    [
        b"",
        b"\xff",
        b"\x81" * 5_000,
        b"\xa1\x63fmt\x64none",
        b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",
        b"\xd8\x23\x6a(a+)+$aaaa",
        b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x41\x00",
    ],
)
def test_an_attestation_of_garbage_is_refused(cbor: bytes):
    answer = json.loads(Authenticator().create(creation(uuid4())))
    answer["response"]["attestationObject"] = encoded(cbor)

    attested = PARTY.attested(json.dumps(answer))

    with pytest.raises(InvalidPasskey):
        PARTY.registered(attested, uuid4())


@pytest.mark.parametrize(
    "url", ["", "parley.example", "ftp://parley.example", "https:///"]
)
def test_a_relying_party_is_a_web_site(url: str):
    with pytest.raises(ValueError, match="public URL"):
        RelyingParty(url)


def test_a_path_in_the_public_url_is_no_part_of_the_origin():
    passkey, party = Authenticator(), RelyingParty(f"{ORIGIN}/parley/")
    user_id = uuid4()

    attested = party.attested(passkey.create(creation(user_id)))

    assert party.registered(attested, user_id).user_id == user_id
