"""From one signing key to the next, as runbooks/key-rotation.md does it."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.json_format import MessageToDict

from parley.auth.v1 import key_service_pb2 as pb
from services.auth.roles.model import MEMBER
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.caller import Unauthenticated, Verifier
from services.kit.jwk import Jwk, to_jwk
from tests.auth.browser import Api

OLD, NEW = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
BOTH = [to_jwk(OLD), to_jwk(NEW)]
# What auth's replicas are one after the other: those of two neighbours run at once.
STEPS = [
    AccessTokens(OLD, [to_jwk(OLD)]),
    AccessTokens(OLD, BOTH),
    AccessTokens(NEW, BOTH),
    AccessTokens(NEW, [to_jwk(NEW)]),
]


def token(step: AccessTokens) -> str:
    now = datetime.now(UTC)
    grant = Grant(
        user_id=uuid4(),
        session_id=uuid4(),
        scope=MEMBER,
        methods=["pwd"],
        auth_time=now,
        version=1,
    )
    return step.issue(grant, now).token


@pytest.mark.asvs("11.2.2")
@pytest.mark.parametrize(
    "steps", list(pairwise(STEPS)), ids=["publish", "sign", "withdraw"]
)
async def test_what_any_replica_signs_is_good_whichever_was_asked_for_keys(
    steps: tuple[AccessTokens, AccessTokens],
):
    for asked in steps:
        for signing in steps:
            await Verifier(asked.jwks).verify(token(signing))


async def test_without_the_step_between_tokens_are_refused():
    with pytest.raises(Unauthenticated):
        await Verifier(STEPS[0].jwks).verify(token(STEPS[2]))


@pytest.mark.parametrize(
    ("step", "keys"), [(STEPS[0], BOTH[:1]), (STEPS[1], BOTH), (STEPS[2], BOTH)]
)
async def test_each_key_is_published_once(step: AccessTokens, keys: list[Jwk]):
    published = await step.jwks()

    assert len(published) == len(keys)
    assert all(key in published for key in keys)


class TestServed:
    """As callers get it."""

    @pytest.fixture
    def access_tokens(self, signing_key: ec.EllipticCurvePrivateKey) -> AccessTokens:
        return AccessTokens(signing_key, BOTH)

    async def test_the_service_publishes_all_of_them(
        self, api: Api, signing_key: ec.EllipticCurvePrivateKey
    ):
        answer = await api.keys.GetJsonWebKeySet(pb.GetJsonWebKeySetRequest())

        assert MessageToDict(answer)["keys"] == [*BOTH, to_jwk(signing_key)]
