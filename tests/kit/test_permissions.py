"""What a token allows, beside who may call at all."""

import time
from uuid import uuid4

import pytest

from services.auth.roles import model as roles
from services.kit.access import Access, Permission, access_of, is_stated, scope_of
from services.kit.caller import (
    CALLER,
    FRESH_SECONDS,
    Caller,
    ReauthenticationRequired,
)
from services.kit.interceptors import bearer
from services.kit.permits import PermissionMissing, permit
from tests.identity import EVERYTHING, Identity, bearing
from tests.kit.stated import STATED
from tests.kit.test_access import Call


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity()


WITH_TOKENS = {
    method: scope_of(access_of(method).permission)
    for method, (callers, token) in STATED.items()
    if token != "NONE" and not {"edge", "auth"}.isdisjoint(callers.split())
}


def test_every_method_that_a_user_calls_says_what_it_takes():
    assert len(WITH_TOKENS) > 75
    assert "unspecified" not in WITH_TOKENS.values()


@pytest.mark.asvs("8.2.1", "10.3.2")
@pytest.mark.parametrize("method", WITH_TOKENS)
async def test_a_method_is_called_with_its_permission_and_not_with_all_others(
    identity: Identity, method: str
):
    needed = WITH_TOKENS[method]
    authenticate = bearer(identity.verifier())
    others = " ".join(scope for scope in EVERYTHING.split() if scope != needed)
    claims = identity.claims(uuid4())

    await authenticate(
        method, Call(*bearing(identity.sign({**claims, "scope": needed})))
    )
    with pytest.raises(PermissionMissing) as refused:
        await authenticate(
            method, Call(*bearing(identity.sign({**claims, "scope": others})))
        )

    assert refused.value.metadata == {"permission": needed}
    assert CALLER.get().scope == {needed}


@pytest.mark.parametrize("scope", ["", "chatter", "CHAT", "chat,tools", "* all"])
def test_only_the_permission_itself_counts(scope: str):
    caller = Caller(
        user_id=uuid4(), token="", expire_time=0, scope=frozenset(scope.split())
    )

    with pytest.raises(PermissionMissing):
        permit(caller, "chat", fresh=False)


@pytest.mark.asvs("10.3.4")
@pytest.mark.parametrize(("age", "passes"), [(0, True), (590, True), (601, False)])
def test_what_asks_for_it_takes_somebody_who_showed_lately_who_they_are(
    age: float, passes: bool
):
    caller = Caller(
        user_id=uuid4(),
        token="",
        expire_time=0,
        scope=frozenset({"account"}),
        auth_time=time.time() - age,
    )

    permit(caller, "account", fresh=False)
    if passes:
        permit(caller, "account", fresh=True)
    else:
        assert age > FRESH_SECONDS
        with pytest.raises(ReauthenticationRequired):
            permit(caller, "account", fresh=True)


def test_a_method_without_permission_is_not_stated():
    edge = Access.CALLER_EDGE
    chat = Permission.PERMISSION_CHAT

    assert not is_stated(Access())
    assert not is_stated(Access(permission=chat))
    assert not is_stated(Access(callers=[edge]))
    assert not is_stated(Access(callers=[edge], token=Access.TOKEN_OPTIONAL))
    assert is_stated(Access(callers=[edge], permission=chat))
    assert is_stated(Access(callers=[edge], token=Access.TOKEN_NONE))
    assert is_stated(Access(callers=[Access.CALLER_LLM]))


def test_roles_are_made_of_the_permissions_that_there_are():
    assert frozenset(EVERYTHING.split()) == roles.OWNER
    assert roles.GUEST < roles.MEMBER < roles.ADMIN < roles.OWNER


async def test_what_a_token_says_of_its_user_reaches_the_service(identity: Identity):
    user, group, admin, key = (uuid4() for _ in range(4))
    claims = identity.claims(user) | {
        "key": str(key),
        "groups": [str(group)],
        "act": {"sub": str(admin), "ver": 3},
        "ver": 7,
        "auth_time": 5,
    }
    del claims["sid"]

    caller = await identity.verifier().verify(identity.sign(claims))

    assert (caller.user_id, caller.key_id, caller.session_id) == (user, key, None)
    assert caller.groups == frozenset({group})
    assert (caller.impersonator, caller.impersonator_version) == (admin, 3)
    assert (caller.version, caller.auth_time) == (7, 5.0)
