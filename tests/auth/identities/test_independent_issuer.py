"""Against the certified `oidc-provider`, which checks what Parley sends."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.auth.identities.file import ProviderPart
from services.auth.identities.model import (
    IdentityDeclined,
    IdentityEmailUnverified,
    IdentityRefused,
)
from services.auth.identities.registration import Registration
from services.auth.sessions.model import SignedIn
from services.auth.users.store import PostgresUsers
from services.kit.clock import utc_now
from services.kit.postgres import Database
from tests.auth.identities.conftest import Open, Tab
from tests.auth.identities.registrations import REDIRECT
from tests.doubles.oidc.running import SECRET, agree, agree_in, decline, serving


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    async with serving(REDIRECT) as issuer:
        yield issuer


def at(issuer: str, **differently: Any) -> Registration:
    said = {
        "id": "issuer",
        "kind": "oidc",
        "display_name": "Issuer",
        "issuer": issuer,
        "client_id": "parley",
        "client_secret": "SECRET",
        "trust_email": True,
        "sign_up": True,
        **differently,
    }
    secret = SECRET if said["client_secret"] else ""
    return ProviderPart.model_validate(said).registration(secret)


CLIENTS: list[dict[str, Any]] = [
    {"client_id": "parley"},
    {"client_id": "parley-post", "client_auth": "post"},
    {"client_id": "parley-public", "client_auth": "none", "client_secret": None},
    {"client_id": "parley-ps"},
]


@pytest.mark.asvs("10.1.2", "10.2.1", "10.5.1", "10.5.4")
@pytest.mark.parametrize("client", CLIENTS, ids=str)
async def test_one_signs_in_with_every_kind_of_client_and_signature(
    client: dict[str, Any], issuer: str, open_identities: Open, database: Database
):
    tab = Tab(open_identities(at(issuer, **client)))

    entered = await tab.come_back(await agree(await tab.leave(), "ada"))

    assert isinstance(entered.answer, SignedIn)
    user = await PostgresUsers(database).user(entered.answer.session.user_id)
    assert user
    # It says both at its userinfo endpoint alone.
    assert user.email == "ada@oidc.example"
    assert user.display_name == "Somebody called ada"


@pytest.mark.asvs("6.8.4")
async def test_it_has_who_is_signed_in_there_show_again_who_they_are(
    issuer: str, open_identities: Open
):
    tab = Tab(open_identities(at(issuer)))

    was: SignedIn | None = None

    async def come(*, anew: bool) -> tuple[datetime, list[str]]:
        nonlocal was
        url = await tab.leave(anew=anew)
        answer, asked = await agree_in(browser, url, "ada")
        entered = await tab.come_back(answer, signed_in=was)
        assert isinstance(entered.answer, SignedIn)
        was = entered.answer
        return was.session.auth_time, asked

    async with aiohttp.ClientSession() as browser:
        first, asked = await come(anew=False)
        assert asked == ["login", "consent"]
        assert abs(utc_now() - first) < timedelta(minutes=1)
        assert await come(anew=False) == (first, []), "nobody has shown anything since"

        shown, asked = await come(anew=True)
        assert asked[0] == "login"
        assert shown >= first


async def test_an_algorithm_that_is_not_configured_is_refused(
    issuer: str, open_identities: Open
):
    registration = at(issuer, client_id="parley-ps", algorithms=["RS256"])
    tab = Tab(open_identities(registration))

    answer = await agree(await tab.leave(), "ada")
    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)


async def test_an_address_that_it_has_not_verified_begins_no_account(
    issuer: str, open_identities: Open
):
    tab = Tab(open_identities(at(issuer)))

    answer = await agree(await tab.leave(), "unverified-eve")
    with pytest.raises(IdentityEmailUnverified):
        await tab.come_back(answer)


async def test_who_does_not_agree_comes_back_without_a_session(
    issuer: str, open_identities: Open
):
    tab = Tab(open_identities(at(issuer)))

    answer = await decline(await tab.leave())
    with pytest.raises(IdentityDeclined):
        await tab.come_back(answer)


async def test_it_refuses_another_trips_code_and_a_code_twice(
    issuer: str, open_identities: Open
):
    tab = Tab(open_identities(at(issuer)))
    stolen = await agree(await tab.leave(), "ada")
    own = await agree(await tab.leave(), "eve")
    with pytest.raises(IdentityRefused):
        await tab.come_back({**own, "code": stolen["code"]})

    used = await agree(await tab.leave(), "ada")
    await tab.come_back(used)
    own = await agree(await tab.leave(), "eve")
    with pytest.raises(IdentityRefused):
        await tab.come_back({**own, "code": used["code"]})
