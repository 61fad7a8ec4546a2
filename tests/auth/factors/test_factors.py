"""What goes for all factors, asked of the running service."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from parley.auth.v1 import factor_service_pb2 as pb
from parley.auth.v1 import passkey_service_pb2 as passkey_pb
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.postgres import Database
from services.kit.status import info_of
from tests.auth.browser import Browser
from tests.auth.conftest import Clock
from tests.auth.factors.people import add_app, add_passkey, factors, remove
from tests.calls import refusal


async def rename(person: Browser, name: str, called: str, *mask: str) -> pb.Factor:
    request = pb.UpdateFactorRequest(
        factor=pb.Factor(name=name, display_name=called),
        update_mask=FieldMask(paths=mask),
    )
    answer = await person.call(person.api.factors.UpdateFactor, request)
    found: pb.Factor = answer.factor
    return found


async def test_they_are_listed_in_pages(alice: Browser, clock: Clock):
    _, app = await add_app(alice, clock)
    added = [app.factor, *[(await add_passkey(alice))[1].factor for _ in range(4)]]

    found: list[pb.Factor] = []
    token = ""
    while True:
        page = await factors(alice, page_size=2, page_token=token)
        found += page.factors
        if not (token := page.next_page_token):
            break

    assert [one.name for one in found] == [one.name for one in added]
    refused = await refusal(factors(alice, page_token="x"))
    assert refused.reason == "INVALID_PAGE"


async def test_they_are_called_as_one_likes(alice: Browser):
    _, added = await add_passkey(alice)
    name = added.factor.name

    assert added.factor.display_name == "Passkey"
    assert (await rename(alice, name, " Key ")).display_name == "Key"
    assert (await rename(alice, name, "Blue", "display_name")).display_name == "Blue"
    assert (await rename(alice, name, "")).display_name == "Blue"
    assert (await rename(alice, name, "", "*")).display_name == "Passkey"
    for wrong in ("x" * 101, "a\nb", "\u202eb"):
        assert (await refusal(rename(alice, name, wrong))).reason == "INVALID_FIELD"
    other = await refusal(rename(alice, name, "x", "kind"))
    assert other.reason == "INVALID_FIELD"
    gone = await refusal(rename(alice, f"{alice.user}/factors/{uuid4()}", "x"))
    assert gone.reason == "FACTOR_NOT_FOUND"


async def test_removing_what_is_gone_is_no_error(alice: Browser, clock: Clock):
    _, added = await add_app(alice, clock)

    await remove(alice, added.factor.name)
    await remove(alice, added.factor.name)

    assert (await factors(alice)).factors == []
    await add_app(alice, clock)


def own_methods(person: Browser, name: str) -> list[tuple[Any, Any]]:
    """Every method, asked about somebody's factors."""
    api, parent = person.api.factors, name.partition("/factors/")[0]
    return [
        (api.ListFactors, pb.ListFactorsRequest(parent=parent)),
        (
            api.UpdateFactor,
            pb.UpdateFactorRequest(factor=pb.Factor(name=name, display_name="x")),
        ),
        (api.DeleteFactor, pb.DeleteFactorRequest(name=name)),
        (api.BeginTotp, pb.BeginTotpRequest(parent=parent)),
        (api.CompleteTotp, pb.CompleteTotpRequest(parent=parent, totp_code="000000")),
        (api.BeginPasskey, pb.BeginPasskeyRequest(parent=parent)),
        (
            api.CompletePasskey,
            pb.CompletePasskeyRequest(parent=parent, response_json="{}"),
        ),
        (
            person.api.passkeys.BeginPasskeyProof,
            passkey_pb.BeginPasskeyProofRequest(parent=parent),
        ),
        (
            api.RegenerateRecoveryCodes,
            pb.RegenerateRecoveryCodesRequest(parent=parent),
        ),
    ]


@pytest.mark.asvs("8.2.2")
async def test_those_of_others_are_neither_seen_nor_changed(
    alice: Browser, mallory: Browser, clock: Clock
):
    _, added = await add_app(alice, clock)

    for method, request in own_methods(mallory, added.factor.name):
        refused = await refusal(mallory.call(method, request))
        assert refused.reason == "FORBIDDEN"
    # Whose name it is said to be is not whose it is.
    borrowed = added.factor.name.replace(alice.user, mallory.user)
    await remove(mallory, borrowed)
    assert (await refusal(rename(mallory, borrowed, "x"))).reason == "FACTOR_NOT_FOUND"
    assert list((await factors(alice)).factors) == [added.factor]


def acting(
    person: Browser, access_tokens: AccessTokens, clock: Clock, **changes: Any
) -> None:
    """Give somebody a token that says something else than theirs."""
    now = clock()
    grant = Grant(
        user_id=UUID(person.user.removeprefix("users/")),
        session_id=uuid4(),
        scope=frozenset({"account"}),
        methods=["pwd"],
        auth_time=now,
        version=1,
    )
    person.token = access_tokens.issue(replace(grant, **changes), now).token


@pytest.mark.asvs("7.5.1")
async def test_changes_need_that_one_has_shown_lately_who_one_is(
    alice: Browser, clock: Clock, access_tokens: AccessTokens
):
    long_ago = clock() - timedelta(minutes=11)
    acting(alice, access_tokens, clock, auth_time=long_ago)

    reasons = {}
    for method, request in own_methods(alice, f"{alice.user}/factors/{uuid4()}"):
        reasons[type(request).__name__] = await reason(alice.call(method, request))

    stale = "REAUTHENTICATION_REQUIRED"
    assert reasons == {
        "ListFactorsRequest": "",
        "UpdateFactorRequest": "FACTOR_NOT_FOUND",
        "DeleteFactorRequest": stale,
        "BeginTotpRequest": stale,
        "CompleteTotpRequest": stale,
        "BeginPasskeyRequest": stale,
        "CompletePasskeyRequest": stale,
        "BeginPasskeyProofRequest": "NO_FACTOR",
        "RegenerateRecoveryCodesRequest": stale,
    }


async def reason(call: Any) -> str:
    """Make a call; return why it was refused, or nothing."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        found = info_of(error)
        return str(found and found.reason)
    return ""


async def test_who_acts_for_somebody_changes_none(
    alice: Browser, access_tokens: AccessTokens, clock: Clock
):
    acting(alice, access_tokens, clock, impersonator=uuid4())

    for method, request in own_methods(alice, f"{alice.user}/factors/{uuid4()}"):
        if "List" in type(request).__name__ or "Proof" in type(request).__name__:
            continue
        assert (await refusal(alice.call(method, request))).reason == "FORBIDDEN"


async def without_password(database: Database, person: Browser) -> None:
    """Make somebody who came by a passkey alone."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE users SET password_hash = NULL WHERE 'users/' || id = %s",
            [person.user],
        )


async def test_the_last_way_to_sign_in_stays(
    alice: Browser, database: Database, clock: Clock
):
    await add_app(alice, clock)
    _, first = await add_passkey(alice)
    _, second = await add_passkey(alice)
    await without_password(database, alice)

    await remove(alice, first.factor.name)
    refused = await refusal(remove(alice, second.factor.name))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "LAST_WAY_IN"
    assert len((await factors(alice)).factors) == 2


@pytest.mark.asvs("15.4.2")
async def test_of_the_last_two_ways_in_one_stays_however_they_are_removed(
    alice: Browser, database: Database
):
    added = [(await add_passkey(alice))[1].factor.name for _ in range(2)]
    await without_password(database, alice)

    reasons = await asyncio.gather(*(reason(remove(alice, name)) for name in added))

    assert sorted(reasons) == ["", "LAST_WAY_IN"]


async def test_factors_go_with_their_user(
    alice: Browser, clock: Clock, database: Database
):
    await add_app(alice, clock)
    await add_passkey(alice)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM users")

    async with database.statement() as connection:
        for table in ("factors", "recovery_codes", "totp_enrolments"):
            found = await connection.execute(f"SELECT count(*) FROM {table}")
            assert await found.fetchone() == (0,)
