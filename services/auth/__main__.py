"""Run the auth service: `python -m services.auth`."""

import os
from collections.abc import Callable, Sequence
from functools import partial

import grpc
import uvloop

from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.auth.v1 import identity_service_pb2_grpc as identity_grpc
from parley.auth.v1 import key_service_pb2_grpc as key_grpc
from parley.auth.v1 import session_service_pb2_grpc as session_grpc
from services.auth.accounts.accounts import Accounts
from services.auth.accounts.owners import chat_at, llm_at
from services.auth.accounts.ports import DataOwner
from services.auth.accounts.servicer import AccountServicer
from services.auth.accounts.store import PostgresAccounts
from services.auth.attempts.attempts import Attempts
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.attempts.ports import Counter
from services.auth.audit.nothing import NoAudit
from services.auth.identities.fetching import Fetcher
from services.auth.identities.file import read_providers
from services.auth.identities.identities import Identities
from services.auth.identities.opening import providers_of
from services.auth.identities.ports import IdentityProvider
from services.auth.identities.servicer import IdentityServicer
from services.auth.identities.store import PostgresFlows, PostgresIdentities
from services.auth.identities.trips import Trips
from services.auth.keys.servicer import KeyServicer
from services.auth.mail.nothing import NoMailer
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
IDENTITIES = "parley.auth.v1.IdentityService"
SERVICES = (ACCOUNTS, SESSIONS, KEYS, IDENTITIES)
CALLBACK = "/sign-in/callback"  # the web app's page to which providers send people


def servicers(
    database: Database,
    counter: Counter,
    *,
    passwords: Passwords,
    access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    owners: Sequence[DataOwner],
    factors: SecondFactors,
    providers: Sequence[IdentityProvider] = (),
    public_url: str = "http://localhost:8080",
    clock: Clock = utc_now,
) -> tuple[Callable[[grpc.aio.Server], None], ...]:
    """Join the service's parts: what adds each of its services to a server."""
    attempts = Attempts(counter)
    audit = NoAudit()
    users = PostgresUsers(database)
    store = PostgresSessions(database)
    proving = Proving(users, passwords, factors, attempts=attempts)
    sessions = Sessions(
        store,
        users,
        BuiltInRoles(),
        proving=proving,
        access_tokens=access_tokens,
        refresh_tokens=refresh_tokens,
        revocations=NoRevocations(),
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
    identities = Identities(
        Trips(
            providers,
            PostgresFlows(database),
            redirect_uri=f"{public_url}{CALLBACK}",
            clock=clock,
        ),
        PostgresIdentities(database),
        users,
        sign_in,
        factors,
        attempts=attempts,
        mailer=NoMailer(),
        audit=audit,
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
            identity_grpc.add_IdentityServiceServicer_to_server,
            IdentityServicer(identities),
        ),
    )


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    published = settings.published_keys_file
    providers = settings.identity_providers_file
    registrations = read_providers(providers, os.environ) if providers else ()
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
            Fetcher.open(through_mesh=settings.identity_through_mesh) as fetcher,
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
                    providers=providers_of(registrations, fetcher),
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
