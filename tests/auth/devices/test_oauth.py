"""OAuthService: the same for clients that know OAuth alone."""

from datetime import timedelta
from typing import Any

import pytest

from parley.auth.v1 import oauth_service_pb2 as pb
from services.auth.sessions.model import GRACE
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.devices.terminals import PAUSE, approve, deny
from tests.calls import refusal

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


async def codes(api: Api, **said: str) -> Any:
    request = pb.AuthorizeDeviceRequest(client_id="a tool", **said)
    return await api.oauth.AuthorizeDevice(request, timeout=10)


async def tokens(api: Api, **said: str) -> Any:
    """Ask for tokens; return the answer, and see that an error is HTTP's too."""
    call = api.oauth.IssueToken(pb.IssueTokenRequest(**said), timeout=10)
    metadata = dict(await call.initial_metadata())
    answer = await call
    assert metadata.get("x-parley-status") == ("400" if answer.error else None)
    assert "set-cookie" not in metadata
    return answer


async def of_device(api: Api, code: str) -> Any:
    return await tokens(api, grant_type=DEVICE_CODE, device_code=code)


async def of_refresh(api: Api, token: str) -> Any:
    return await tokens(api, grant_type="refresh_token", refresh_token=token)


@pytest.mark.asvs("10.4.5")
async def test_a_client_gets_tokens_and_the_next_ones(
    api: Api, alice: Browser, clock: Clock
):
    begun = await codes(api)
    clock.ahead += PAUSE
    pending = await of_device(api, begun.device_code)
    early = await of_device(api, begun.device_code)
    await approve(alice, begun.user_code)
    clock.ahead += 2 * PAUSE
    first = await of_device(api, begun.device_code)
    again = await of_device(api, begun.device_code)
    clock.ahead += GRACE
    second = await of_refresh(api, first.refresh_token)
    clock.ahead += GRACE
    stolen = await of_refresh(api, first.refresh_token)
    ended = await of_refresh(api, second.refresh_token)

    assert (begun.expires_in, begun.interval) == (600, 5)
    assert (pending.error, early.error) == ("authorization_pending", "slow_down")
    assert (first.token_type, first.error) == ("Bearer", "")
    assert 290 <= first.expires_in <= 300
    assert again.error == "expired_token"
    assert second.refresh_token != first.refresh_token
    # Used again, it ends the session for both.
    assert (stolen.error, ended.error) == ("invalid_grant", "invalid_grant")


async def test_the_access_token_is_good(api: Api, alice: Browser, clock: Clock):
    begun = await codes(api)
    await approve(alice, begun.user_code)
    clock.ahead += PAUSE
    first = await of_device(api, begun.device_code)
    clock.ahead = timedelta()

    token = (await of_refresh(api, first.refresh_token)).access_token

    user = await Browser(api, token=token, user=alice.user).get_user()
    assert user.name == alice.user


async def test_who_is_refused_gets_nothing(api: Api, alice: Browser, clock: Clock):
    begun = await codes(api)
    await deny(alice, begun.user_code)
    clock.ahead += PAUSE

    assert (await of_device(api, begun.device_code)).error == "access_denied"


@pytest.mark.asvs("10.4.4")
@pytest.mark.parametrize(
    "grant", ["", "password", "implicit", "client_credentials", "authorization_code"]
)
async def test_there_are_no_other_grants(api: Api, alice: Browser, grant: str):
    answer = await tokens(api, grant_type=grant, refresh_token=alice.cookie)

    assert answer.error == "unsupported_grant_type"
    assert not answer.access_token


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "parley_" + "k" * 60])
async def test_what_is_no_secret_of_ours_is_no_grant(api: Api, token: str):
    assert (await of_refresh(api, token)).error == "invalid_grant"
    assert (await of_device(api, token)).error == "expired_token"


async def test_a_browsers_cookie_counts_for_nothing(api: Api, alice: Browser):
    metadata = (("cookie", f"__Host-parley_refresh={alice.cookie}"),)
    request = pb.IssueTokenRequest(grant_type="refresh_token")

    answer = await api.oauth.IssueToken(request, metadata=metadata)

    assert answer.error == "invalid_grant"
    await alice.refresh()


async def test_scopes_are_not_chosen(api: Api, alice: Browser):
    refresh = {"grant_type": "refresh_token", "refresh_token": alice.cookie}

    assert (await codes(api, scope="chat")).error == "invalid_scope"
    assert (await tokens(api, scope="chat", **refresh)).error == "invalid_scope"
    # And nothing was used up.
    assert not (await tokens(api, **refresh)).error


async def test_a_client_cannot_call_itself_what_misleads(api: Api):
    request = pb.AuthorizeDeviceRequest(client_id="a\x1b[2J")

    refused = await refusal(api.oauth.AuthorizeDevice(request, timeout=10))

    assert refused.reason == "INVALID_FIELD"


async def test_the_metadata_says_what_there_is(api: Api):
    said = await api.oauth.GetAuthorizationServerMetadata(
        pb.GetAuthorizationServerMetadataRequest()
    )

    here = "https://parley.example"
    assert said.issuer == here
    assert said.token_endpoint == f"{here}/oauth/token"
    assert said.device_authorization_endpoint == f"{here}/oauth/device_authorization"
    assert said.grant_types_supported == [DEVICE_CODE, "refresh_token"]
    assert said.HasField("response_types_supported")
    assert not said.response_types_supported.values
