"""Run the auth service: `python -m services.auth`."""

from collections.abc import Callable, Sequence
from functools import partial

import grpc
import uvloop

from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.auth.v1 import api_key_service_pb2_grpc as api_key_grpc
from parley.auth.v1 import device_service_pb2_grpc as device_grpc
from parley.auth.v1 import key_service_pb2_grpc as key_grpc
from parley.auth.v1 import oauth_service_pb2_grpc as oauth_grpc
from parley.auth.v1 import session_service_pb2_grpc as session_grpc
from services.auth.accounts.accounts import Accounts
from services.auth.accounts.owners import chat_at, llm_at
from services.auth.accounts.ports import DataOwner
from services.auth.accounts.servicer import AccountServicer
from services.auth.accounts.store import PostgresAccounts
from services.auth.api_keys.api_keys import ApiKeys
from services.auth.api_keys.exchange import Exchange
from services.auth.api_keys.servicer import ApiKeyServicer
from services.auth.api_keys.store import PostgresApiKeys
from services.auth.attempts.attempts import Attempts
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.attempts.ports import Counter
from services.auth.audit.nothing import NoAudit
from services.auth.devices.devices import Devices
from services.auth.devices.oauth import OAuth
from services.auth.devices.oauth_servicer import OAuthServicer
from services.auth.devices.servicer import DeviceServicer
from services.auth.devices.store import PostgresDevices
from services.auth.keys.servicer import KeyServicer
from services.auth.passwords.passwords import Passwords, argon2id
from services.auth.revocations.nothing import NoRevocations
from services.auth.roles.roles import BuiltInRoles
from services.auth.sessions.pending_store import PostgresPendingSignIns
from services.auth.sessions.ports import SecondFactors
from services.auth.sessions.proving import NoSecondFactors, Proving
from services.auth.sessions.servicer import SessionServicer
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.signing_in import SignIn
from services.auth.sessions.store import PostgresSessions
from services.auth.sessions.tokens import AccessTokens, RefreshTokens, read_refresh_key
from services.auth.settings import Settings
from services.auth.users.store import PostgresUsers
from services.kit.caller import Verifier
from services.kit.clock import Clock, utc_now
from services.kit.interceptors import bearer
from services.kit.jwk import read_key_set, read_signing_key
from services.kit.postgres import Database
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.telemetry import telemetry

ACCOUNTS = "parley.auth.v1.AccountService"
SESSIONS = "parley.auth.v1.SessionService"
KEYS = "parley.auth.v1.KeyService"
API_KEYS = "parley.auth.v1.ApiKeyService"
DEVICES = "parley.auth.v1.DeviceService"
OAUTH = "parley.auth.v1.OAuthService"
SERVICES = (ACCOUNTS, SESSIONS, KEYS, API_KEYS, DEVICES, OAUTH)


def servicers(
    database: Database,
    counter: Counter,
    *,
    passwords: Passwords,
    access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    owners: Sequence[DataOwner],
    factors: SecondFactors,
    public_url: str,
    clock: Clock = utc_now,
) -> tuple[Callable[[grpc.aio.Server], None], ...]:
    """Join the service's parts: what adds each of its services to a server."""
    attempts = Attempts(counter)
    audit = NoAudit()
    users = PostgresUsers(database)
    store = PostgresSessions(database)
    roles, revocations = BuiltInRoles(), NoRevocations()
    proving = Proving(users, passwords, factors, attempts=attempts)
    sessions = Sessions(
        store,
        users,
        roles,
        proving=proving,
        access_tokens=access_tokens,
        refresh_tokens=refresh_tokens,
        revocations=revocations,
        audit=audit,
        clock=clock,
    )
    sign_in = SignIn(
        users,
        PostgresPendingSignIns(database),
        store,
        proving=proving,
        sessions=sessions,
        audit=audit,
        clock=clock,
    )
    accounts = Accounts(
        PostgresAccounts(database),
        users,
        passwords,
        attempts=attempts,
        proving=proving,
        sign_in=sign_in,
        sessions=sessions,
        owners=owners,
        audit=audit,
        clock=clock,
    )
    stored_keys = PostgresApiKeys(database)
    api_keys = ApiKeys(stored_keys, revocations=revocations, audit=audit, clock=clock)
    exchange = Exchange(
        stored_keys,
        users,
        roles,
        attempts=attempts,
        access_tokens=access_tokens,
        clock=clock,
    )
    devices = Devices(
        PostgresDevices(database),
        users,
        store,
        sessions=sessions,
        attempts=attempts,
        audit=audit,
        public_url=public_url,
        clock=clock,
    )
    return (
        partial(
            account_grpc.add_AccountServiceServicer_to_server, AccountServicer(accounts)
        ),
        partial(
            session_grpc.add_SessionServiceServicer_to_server,
            SessionServicer(sign_in, sessions),
        ),
        partial(key_grpc.add_KeyServiceServicer_to_server, KeyServicer(access_tokens)),
        partial(
            api_key_grpc.add_ApiKeyServiceServicer_to_server,
            ApiKeyServicer(api_keys, exchange),
        ),
        partial(
            device_grpc.add_DeviceServiceServicer_to_server,
            DeviceServicer(devices, clock=clock),
        ),
        partial(
            oauth_grpc.add_OAuthServiceServicer_to_server,
            OAuthServicer(
                devices, OAuth(devices, sessions), public_url=public_url, clock=clock
            ),
        ),
    )


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    published = settings.published_keys_file
    access_tokens = AccessTokens(
        read_signing_key(settings.signing_key_file),
        read_key_set(published) if published else (),
    )
    with (
        telemetry("auth", metrics_address=settings.metrics_address),
        Passwords.open(argon2id()) as passwords,
    ):
        async with (
            Database.connect(settings.database_url) as database,
            RedisCounter.connect(settings.redis_url) as counter,
            chat_at(settings.chat_address) as chat,
            llm_at(settings.llm_address) as llm,
            serving(
                *servicers(
                    database,
                    FallbackCounter(counter, LocalCounter()),
                    passwords=passwords,
                    access_tokens=access_tokens,
                    refresh_tokens=RefreshTokens(
                        read_refresh_key(settings.refresh_key_file)
                    ),
                    owners=[chat, llm],
                    factors=NoSecondFactors(),
                    public_url=settings.public_url,
                ),
                services=SERVICES,
                address=settings.listen_address,
                authenticate=bearer(Verifier(access_tokens.jwks)),
                notice_seconds=settings.notice_seconds,
                drain_seconds=settings.drain_seconds,
            ),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
