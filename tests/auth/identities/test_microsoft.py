"""Microsoft, whose issuer is one of many: the ID token names its tenant."""

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.auth.identities.file import ProviderPart
from services.auth.identities.id_tokens import Expected, claims_of
from services.auth.identities.model import Untrusted
from services.auth.identities.people import person_of
from services.kit.clock import utc_now

OURS = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
BASE = "https://login.microsoftonline.com"
NONCE = "the nonce"


def read(
    key: rsa.RSAPrivateKey,
    *,
    tenant: str = "common",
    tenants: tuple[str, ...] = (),
    owner: str | None = None,
    **claims: Any,
) -> Any:
    """Verify an ID token as it comes from there."""
    said = {
        "id": "ms",
        "kind": "microsoft",
        "tenant": tenant,
        "tenants": list(tenants),
        "client_id": "parley",
        "client_secret": "SECRET",
        "trust_email": True,
        "sign_up": True,
    }
    registration = ProviderPart.model_validate(said).registration("s")
    now = int(time.time())
    usual = {
        "iss": f"{BASE}/{OURS}/v2.0",
        "tid": OURS,
        "sub": "pairwise",
        "aud": "parley",
        "iat": now,
        "exp": now + 300,
        "nonce": NONCE,
        "email": "ada@ours.example",
    }
    token = jwt.encode({**usual, **claims}, key, "RS256")
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    if owner:
        jwk["issuer"] = owner
    expected = Expected(
        nonce=NONCE, access_token="x", begun=utc_now() - timedelta(seconds=1)
    )
    return person_of(
        claims_of(token, jwk, "RS256", registration, expected), registration
    )


def test_the_tenant_of_the_token_is_its_issuer(key: rsa.RSAPrivateKey):
    person = read(key, tenants=(OURS,), owner=f"{BASE}/{{tenantid}}/v2.0")

    assert person.issuer == f"{BASE}/{OURS}/v2.0"
    assert not person.email_verified
    assert read(key, tenant=OURS).issuer == person.issuer


@pytest.mark.asvs("10.5.3", "10.5.2")
@pytest.mark.parametrize(
    "wrong",
    [
        {"tid": OTHER},
        {"iss": f"{BASE}/{OTHER}/v2.0"},
        {"iss": f"{BASE}/{{tenantid}}/v2.0"},
        {"tid": ""},
        {"tid": 7},
        {"tid": "x/v2.0/../evil"},
        {"tenants": (OTHER,)},
        {"owner": f"{BASE}/{OTHER}/v2.0"},
        {"tenant": OTHER},
        {"tenant": OURS, "iss": f"{BASE}/{OTHER}/v2.0", "tid": OTHER},
    ],
    ids=str,
)
def test_a_token_of_another_tenant_is_refused(
    wrong: dict[str, Any], key: rsa.RSAPrivateKey
):
    with pytest.raises(Untrusted):
        read(key, **wrong)


@pytest.mark.asvs("6.8.1")
@pytest.mark.parametrize(
    ("claims", "verified"),
    [
        ({}, False),
        ({"email_verified": True}, False),
        ({"xms_edov": False}, False),
        ({"xms_edov": "0"}, False),
        ({"xms_edov": True}, True),
        ({"xms_edov": "1"}, True),
    ],
)
def test_an_address_counts_only_when_microsoft_has_checked_its_domain(
    claims: dict[str, Any], verified: bool, key: rsa.RSAPrivateKey
):
    assert read(key, **claims).email_verified is verified
