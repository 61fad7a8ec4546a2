"""Signing in by GitHub, which says with status 200 that a code is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from services.auth.identities.fetching import Fetcher
from services.auth.identities.model import (
    IdentityEmailUnverified,
    IdentityRefused,
    Untrusted,
)
from services.auth.identities.opening import providers_of
from services.auth.sessions.model import (
    SignedIn,
)
from services.kit.postgres import Database
from tests.auth.identities.conftest import Open, Tab, rows
from tests.auth.identities.people import user_of
from tests.auth.identities.registrations import at_github
from tests.doubles.github_server import GitHubServer


async def test_one_comes_in_by_github(
    open_identities: Open, github: GitHubServer, database: Database
):
    tab = Tab(open_identities(at_github(github)))

    entered = await tab.come_back(github.authorize(await tab.leave("github")))

    assert isinstance(entered.answer, SignedIn)
    user = await user_of(database, entered.answer)
    assert user.email == "octocat@github.example"
    assert user.display_name == "The Octocat"


async def test_githubs_api_says_whether_it_is_there(
    github: GitHubServer, fetcher: Fetcher
):
    elsewhere = at_github(github, api_url=f"{github.url}/none")
    right, wrong = providers_of([at_github(github), elsewhere], fetcher)

    await right.check()
    with pytest.raises(Untrusted, match="HTTP status 404"):
        await wrong.check()


@pytest.mark.asvs("10.5.2")
@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": "583231"},
        {"id": True},
        {"id": 0},
        {"emails": {"message": "no"}},
        {"emails": [{"email": "victim@x.example", "primary": True, "verified": False}]},
        {"emails": [{"email": "victim@x.example", "primary": True, "verified": "yes"}]},
        {"emails": [{"email": "victim@x.example", "primary": False, "verified": True}]},
        {"emails": ["victim@x.example"]},
        {"emails": []},
    ],
    ids=str,
)
async def test_what_github_should_not_say_signs_nobody_in(
    wrong: dict[str, Any],
    open_identities: Open,
    github: GitHubServer,
    database: Database,
):
    github.account = replace(github.account, **wrong)
    tab = Tab(open_identities(at_github(github)))
    answer = github.authorize(await tab.leave("github"))

    with pytest.raises((IdentityRefused, IdentityEmailUnverified)):
        await tab.come_back(answer)

    assert await rows(database, "users") == 0


@pytest.mark.asvs("10.2.2")
async def test_a_code_of_github_is_good_once_and_for_its_own_trip(
    open_identities: Open, github: GitHubServer, database: Database
):
    tab = Tab(open_identities(at_github(github)))
    first = github.authorize(await tab.leave("github"))
    second = github.authorize(await tab.leave("github"))
    await tab.come_back(first)

    for code in (first["code"], "nonsense"):
        third = github.authorize(await tab.leave("github"))
        with pytest.raises(IdentityRefused):
            await tab.come_back({**third, "code": code})
    with pytest.raises(IdentityRefused):
        await tab.come_back({**second, "issuer": "https://issuer.example"})

    assert await rows(database, "sessions") == 1
