"""What people do with factors, by RPC."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp

from parley.auth.v1 import factor_service_pb2 as pb
from parley.auth.v1 import passkey_service_pb2 as passkey_pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.auth.factors.totp import STEP_SECONDS, step_of
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors.authenticator import Authenticator

STEP = timedelta(seconds=STEP_SECONDS)


@dataclass
class App:
    """An authenticator app, which knows one secret."""

    secret: str = field(repr=False)
    clock: Clock

    def code(self, steps: int = 0) -> str:
        """Show the code of now, or of some steps later."""
        now = step_of(self.clock())
        return pyotp.TOTP(self.secret).generate_otp(now + steps)


def begin_step(clock: Clock) -> None:
    """Put the clock back to where its step began: none ends for half a minute."""
    clock.ahead -= timedelta(seconds=clock().timestamp() % STEP_SECONDS)


async def begin_totp(person: Browser) -> pb.BeginTotpResponse:
    request = pb.BeginTotpRequest(parent=person.user)
    answer: pb.BeginTotpResponse
    answer = await person.call(person.api.factors.BeginTotp, request)
    return answer


async def complete_totp(
    person: Browser, code: str, display_name: str = ""
) -> pb.CompleteTotpResponse:
    request = pb.CompleteTotpRequest(
        parent=person.user, totp_code=code, display_name=display_name
    )
    answer: pb.CompleteTotpResponse
    answer = await person.call(person.api.factors.CompleteTotp, request)
    return answer


async def add_app(person: Browser, clock: Clock) -> tuple[App, pb.CompleteTotpResponse]:
    """Add an app with the code before now's, so that now's is good for another use."""
    app = App((await begin_totp(person)).secret, clock)
    return app, await complete_totp(person, app.code(-1))


async def begin_passkey(person: Browser) -> str:
    request = pb.BeginPasskeyRequest(parent=person.user)
    answer = await person.call(person.api.factors.BeginPasskey, request)
    return str(answer.options_json)


async def complete_passkey(
    person: Browser, response_json: str, display_name: str = ""
) -> pb.CompletePasskeyResponse:
    request = pb.CompletePasskeyRequest(
        parent=person.user, response_json=response_json, display_name=display_name
    )
    answer: pb.CompletePasskeyResponse
    answer = await person.call(person.api.factors.CompletePasskey, request)
    return answer


async def add_passkey(
    person: Browser, passkey: Authenticator | None = None
) -> tuple[Authenticator, pb.CompletePasskeyResponse]:
    passkey = passkey or Authenticator()
    response = passkey.create(await begin_passkey(person))
    return passkey, await complete_passkey(person, response)


async def challenge(person: Browser) -> session_pb.SignInChallenge:
    """Show the password, which is not enough."""
    request = session_pb.CreateSessionRequest(
        email=person.email, password=person.password
    )
    answer = await person.call(person.api.sessions.CreateSession, request)
    assert answer.HasField("challenge")
    found: session_pb.SignInChallenge = answer.challenge
    return found


async def complete(person: Browser, token: str, **proof: str) -> Browser:
    """Answer a challenge."""
    request = session_pb.CompleteSessionRequest(challenge_token=token, **proof)
    return person.keep(await person.call(person.api.sessions.CompleteSession, request))


async def sign_in(person: Browser, **proof: str) -> Browser:
    """Sign in with the password and a second factor, elsewhere."""
    elsewhere = Browser(person.api, person.email, person.password)
    asked = await challenge(elsewhere)
    return await complete(elsewhere, asked.token, **proof)


async def passkey_options(person: Browser, challenge_token: str = "") -> str:
    request = passkey_pb.BeginPasskeySignInRequest(challenge_token=challenge_token)
    answer = await person.call(person.api.passkeys.BeginPasskeySignIn, request)
    return str(answer.options_json)


async def show_passkey(person: Browser, response_json: str) -> Browser:
    """Sign in with a passkey and nothing else."""
    request = passkey_pb.CompletePasskeySignInRequest(
        passkey_response_json=response_json
    )
    return person.keep(
        await person.call(person.api.passkeys.CompletePasskeySignIn, request)
    )


async def alone(api: Api, passkey: Authenticator) -> Browser:
    """Make a passkey sign in, and nothing else."""
    person = Browser(api)
    return await show_passkey(person, passkey.get(await passkey_options(person)))


async def factors(person: Browser, **page: Any) -> pb.ListFactorsResponse:
    request = pb.ListFactorsRequest(parent=person.user, **page)
    answer: pb.ListFactorsResponse
    answer = await person.call(person.api.factors.ListFactors, request)
    return answer


async def remove(person: Browser, name: str) -> None:
    request = pb.DeleteFactorRequest(name=name)
    await person.call(person.api.factors.DeleteFactor, request)


async def regenerate(person: Browser) -> list[str]:
    request = pb.RegenerateRecoveryCodesRequest(parent=person.user)
    answer = await person.call(person.api.factors.RegenerateRecoveryCodes, request)
    return list(answer.recovery_codes)
