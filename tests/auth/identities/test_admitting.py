"""Whom the policy of sign-up lets in by an identity provider."""

import pytest

from services.auth.policy.model import SignUpClosed
from services.auth.policy.store import PostgresPolicy
from services.kit.postgres import Database
from tests.auth.identities.conftest import Tab, rows
from tests.auth.identities.people import signed_in, user_of
from tests.doubles.hostile_issuer import HostileIssuer


async def test_where_only_guests_sign_up_a_provider_brings_nobody_new(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    known = await signed_in(tab, issuer)
    await PostgresPolicy(database).change({"sign_up": "invitation"})
    issuer.subject, issuer.email = (
        "somebody new",
        {"email": "bo@issuer.example", "email_verified": True},
    )

    with pytest.raises(SignUpClosed):
        await signed_in(tab, issuer)

    assert await rows(database, "users") == 1
    assert await user_of(database, known)


async def test_who_is_new_gets_the_role_of_the_policy(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    await signed_in(tab, issuer)
    await PostgresPolicy(database).change({"default_role": "guest"})
    issuer.subject, issuer.email = (
        "somebody new",
        {"email": "bo@issuer.example", "email_verified": True},
    )

    answer = await signed_in(tab, issuer)

    assert (await user_of(database, answer)).role == "guest"
