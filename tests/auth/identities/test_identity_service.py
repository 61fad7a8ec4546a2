"""IdentityService, called as a browser calls it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import Morsel
from typing import Any
from uuid import UUID

import grpc
import pytest

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import identity_provider_service_pb2 as provider_pb
from parley.auth.v1 import identity_service_pb2 as pb
from services.auth.identities.fetching import Fetcher
from services.auth.identities.opening import providers_of
from services.auth.identities.registration import Registration
from services.auth.sessions.model import ABSOLUTE, IDLE
from tests.auth.browser import Api, Browser, cookies_of
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.identities.registrations import registered
from tests.calls import refusal
from tests.doubles.hostile_issuer import HostileIssuer

COOKIE, REFRESH = "__Host-parley_identity", "__Host-parley_refresh"
ISSUER = "identityProviders/issuer"


@pytest.fixture
def registrations(issuer: HostileIssuer) -> list[Registration]:
    return [registered(issuer), registered(issuer, id="b", display_name="Other")]


@pytest.fixture
async def api(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    fetcher: Fetcher,
    registrations: list[Registration],
) -> AsyncIterator[Api]:
    providers = providers_of(registrations, fetcher)
    async with serve(redis_url, hasher, providers=providers) as api:
        yield api


async def call(method: Any, request: Any, *, cookie: str = "", token: str = "") -> Any:
    """Call with these, and return the answer with the cookies that come."""
    metadata = [("cookie", f"a=b; {COOKIE}={cookie}")] if cookie else []
    metadata += [("authorization", f"Bearer {token}")] if token else []
    running = method(request, metadata=metadata, timeout=10)
    cookies = cookies_of(await running.initial_metadata())
    return await running, {each.key: each for each in cookies}


async def leave(api: Api, **fields: Any) -> tuple[str, Morsel[str]]:
    request = pb.BeginSignInRequest(provider=ISSUER, **fields)
    begun, cookies = await call(api.identities.BeginSignIn, request)
    return begun.authorization_url, cookies[COOKIE]


async def test_everybody_sees_which_providers_there_are(api: Api):
    request = pb.ListIdentityProvidersRequest(page_size=1)
    first = await api.identities.ListIdentityProviders(request)
    request.page_token = first.next_page_token
    second = await api.identities.ListIdentityProviders(request)
    (one,), (other,) = first.identity_providers, second.identity_providers
    assert (one.name, one.display_name) == (ISSUER, "Issuer")
    assert one.kind == pb.IdentityProvider.KIND_OPENID_CONNECT
    assert one.reauthenticates
    assert (other.name, second.next_page_token) == ("identityProviders/b", "")


async def test_who_sets_the_policy_sees_how_parley_is_known_there_and_no_secret(
    api: Api, alice: Browser, mallory: Browser, registrations: list[Registration]
):
    request = provider_pb.ListIdentityProviderRegistrationsRequest(page_size=1)
    method = api.providers.ListIdentityProviderRegistrations
    nobody = await refusal(call(method, request, token=mallory.token))
    assert nobody.reason == "PERMISSION_MISSING"

    first, _ = await call(method, request, token=alice.token)
    request.page_token = first.next_page_token
    second, _ = await call(method, request, token=alice.token)

    assert not second.next_page_token
    (one,), (other,) = first.registrations, second.registrations
    assert (one.provider, one.display_name) == (ISSUER, "Issuer")
    assert one.kind == pb.IdentityProvider.KIND_OPENID_CONNECT
    assert (one.issuer, one.client_id) == (
        registrations[0].issuer,
        registrations[0].client_id,
    )
    assert one.redirect_uri == "https://parley.example/sign-in/callback"
    assert (one.sign_up, one.trust_email) == (True, True)
    assert other.provider == "identityProviders/b"
    assert registrations[0].client_secret not in str(first) + str(second)


async def test_who_sets_the_policy_is_told_what_is_wrong_with_a_provider(
    api: Api, alice: Browser, mallory: Browser, issuer: HostileIssuer
):
    async def fault(name: str = ISSUER, by: Browser = alice) -> str:
        request = provider_pb.CheckIdentityProviderRequest(name=name)
        method = api.providers.CheckIdentityProvider
        answer, _ = await call(method, request, token=by.token)
        return str(answer.fault)

    assert (await refusal(fault(by=mallory))).reason == "PERMISSION_MISSING"
    assert not await fault()
    issuer.metadata = lambda said: {**said, "issuer": "https://evil.example"}
    assert await fault() == "issuer of the metadata"
    issuer.metadata = lambda said: {
        **said,
        "token_endpoint": "https://evil.example/token",
    }
    assert await fault() == "token_endpoint at another place"
    unknown = await refusal(fault("identityProviders/none"))
    assert unknown.reason == "IDENTITY_PROVIDER_NOT_FOUND"


@pytest.mark.asvs("10.1.2", "10.2.1", "3.3.1", "3.3.2", "3.3.4")
async def test_a_browser_signs_in(api: Api, issuer: HostileIssuer):
    url, cookie = await leave(api, next_path="/chat?c=1")
    assert "redirect_uri=https%3A%2F%2Fparley.example%2Fsign-in%2Fcallback" in url
    assert "code_challenge_method=S256" in url
    assert cookie.value not in url
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", "600")
    assert cookie["secure"]
    assert cookie["httponly"]

    request = pb.FinishSignInRequest(**issuer.authorize(url))
    answer, cookies = await call(
        api.identities.FinishSignIn, request, cookie=cookie.value
    )

    assert answer.next_path == "/chat?c=1"
    assert cookies[REFRESH]["samesite"] == "Strict"
    user = answer.session.name.partition("/sessions/")[0]
    found, _ = await call(
        api.accounts.GetUser,
        account_pb.GetUserRequest(name=user),
        token=answer.access_token.token,
    )
    assert found.user.email == "ada@issuer.example"


async def signed_in(api: Api, issuer: HostileIssuer, again: str = "") -> Browser:
    url, cookie = await leave(api, reauthenticate=bool(again))
    assert ("max_age=0" in url) == bool(again)
    request = pb.FinishSignInRequest(**issuer.authorize(url))
    finish = api.identities.FinishSignIn
    kept = f"{cookie.value}; {REFRESH}={again}"
    answer, cookies = await call(finish, request, cookie=kept)
    browser = Browser(api, cookie=cookies[REFRESH].value)
    return browser.keep(answer)


@pytest.mark.asvs("7.6.1")
async def test_a_session_lasts_as_any_other_and_only_the_provider_begins_another(
    api: Api, issuer: HostileIssuer, clock: Clock
):
    ada = await signed_in(api, issuer)
    user = ada.session.name.partition("/sessions/")[0]
    asked = len(issuer.asked)

    clock.ahead += IDLE - timedelta(minutes=1)
    await ada.refresh()
    assert len(issuer.asked) == asked, "it goes on without the provider"
    clock.ahead += IDLE
    assert (await refusal(ada.refresh())).reason == "SESSION_ENDED"

    clock.ahead = timedelta()  # as the provider's
    again = await signed_in(api, issuer)
    assert again.session.name.partition("/sessions/")[0] == user
    assert "/token" in issuer.asked[asked:]
    for _ in range(4):
        clock.ahead += ABSOLUTE / 4 - timedelta(minutes=1)
        await again.refresh()
    clock.ahead += timedelta(minutes=5)
    assert (await refusal(again.refresh())).reason == "SESSION_ENDED"


@pytest.mark.asvs("6.8.4", "7.5.1", "7.5.3")
async def test_who_came_by_a_provider_long_ago_shows_there_who_they_are(
    api: Api, issuer: HostileIssuer
):
    issuer.claims = lambda claims: {**claims, "auth_time": claims["iat"] - 3_600}
    ada = await signed_in(api, issuer)
    user = ada.session.name.partition("/sessions/")[0]
    begin = pb.BeginLinkRequest(parent=user, provider=ISSUER)
    refused = await refusal(call(api.identities.BeginLink, begin, token=ada.token))
    assert refused.reason == "REAUTHENTICATION_REQUIRED"

    issuer.claims = lambda claims: {**claims, "auth_time": claims["iat"]}
    again = await signed_in(api, issuer, again=ada.cookie)

    await call(api.identities.BeginLink, begin, token=again.token)


@pytest.mark.asvs("10.2.1")
async def test_without_the_cookie_nobody_is_signed_in(api: Api, issuer: HostileIssuer):
    url, _ = await leave(api)
    request = pb.FinishSignInRequest(**issuer.authorize(url))

    refused = await refusal(api.identities.FinishSignIn(request))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "IDENTITY_FLOW_ENDED"


async def test_the_caller_is_not_told_which_check_failed(
    api: Api, issuer: HostileIssuer
):
    url, cookie = await leave(api)
    issuer.claims = lambda claims: {**claims, "nonce": "another"}
    request = pb.FinishSignInRequest(**issuer.authorize(url))

    refused = await refusal(
        api.identities.FinishSignIn(
            request, metadata=[("cookie", f"{COOKIE}={cookie.value}")]
        )
    )

    assert refused.reason == "IDENTITY_REFUSED"
    assert refused.metadata == {"provider": "issuer"}
    assert "nonce" not in refused.message


@pytest.mark.asvs("3.7.2")
async def test_the_way_on_is_checked_before_anybody_leaves(api: Api):
    request = pb.BeginSignInRequest(provider=ISSUER, next_path="//evil.example")

    refused = await refusal(api.identities.BeginSignIn(request))

    assert refused.reason == "INVALID_FIELD"


@pytest.mark.asvs("7.5.1", "7.5.3", "8.2.2")
async def test_linking_needs_its_user_who_has_just_shown_who_they_are(
    api: Api, alice: Browser, mallory: Browser, issuer: HostileIssuer
):
    begin = pb.BeginLinkRequest(parent=alice.user, provider=ISSUER)
    foreign = await refusal(call(api.identities.BeginLink, begin, token=mallory.token))
    assert foreign.reason == "FORBIDDEN"
    nobody = await refusal(call(api.identities.BeginLink, begin))
    assert nobody.reason == "UNAUTHENTICATED"

    begun, cookies = await call(api.identities.BeginLink, begin, token=alice.token)
    answer = issuer.authorize(begun.authorization_url)
    cookie = cookies[COOKIE].value
    stolen = pb.FinishLinkRequest(parent=mallory.user, **answer)
    refused = await refusal(
        call(api.identities.FinishLink, stolen, cookie=cookie, token=mallory.token)
    )
    assert refused.reason == "IDENTITY_FLOW_ENDED"
    begun, cookies = await call(
        api.identities.BeginLink, begin, cookie=cookie, token=alice.token
    )
    answer = issuer.authorize(begun.authorization_url)
    own = pb.FinishLinkRequest(parent=alice.user, **answer)
    linked, _ = await call(
        api.identities.FinishLink, own, cookie=cookie, token=alice.token
    )

    listed, _ = await call(
        api.identities.ListIdentities,
        pb.ListIdentitiesRequest(parent=alice.user),
        token=alice.token,
    )
    assert list(listed.identities) == [linked.identity]
    assert linked.identity.provider == ISSUER
    delete = pb.DeleteIdentityRequest(name=linked.identity.name)
    foreign = await refusal(
        call(api.identities.DeleteIdentity, delete, token=mallory.token)
    )
    assert foreign.reason == "FORBIDDEN"
    await call(api.identities.DeleteIdentity, delete, token=alice.token)
    await call(api.identities.DeleteIdentity, delete, token=alice.token)


@pytest.mark.asvs("7.5.1")
async def test_an_unattended_browser_changes_no_identity(
    api: Api, alice: Browser, clock: Clock
):
    clock.ahead = -timedelta(minutes=11)
    await alice.sign_in()
    clock.ahead = timedelta()
    await alice.refresh()
    begin = pb.BeginLinkRequest(parent=alice.user, provider=ISSUER)
    finish = pb.FinishLinkRequest(parent=alice.user, state="x")
    delete = pb.DeleteIdentityRequest(name=f"{alice.user}/identities/{UUID(int=1)}")

    for method, request in (
        (api.identities.BeginLink, begin),
        (api.identities.FinishLink, finish),
        (api.identities.DeleteIdentity, delete),
    ):
        refused = await refusal(call(method, request, token=alice.token))
        assert refused.reason == "REAUTHENTICATION_REQUIRED"
