"""Run the auth service: `python -m services.auth`."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import uvloop

from services.auth.accounts.owners import chat_at, llm_at
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.audit.ports import Audit
from services.auth.audit.recording import Log
from services.auth.audit.retention import Retention
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.factors.resealing import Resealing
from services.auth.factors.seed_store import PostgresSeeds
from services.auth.factors.store import PostgresFactors
from services.auth.identities.fetching import Fetcher
from services.auth.identities.file import read_providers
from services.auth.identities.opening import providers_of
from services.auth.joining.given import Given
from services.auth.joining.joined import SERVICES, joined
from services.auth.keys.rotation import Rotation
from services.auth.keys.store import PostgresKeys
from services.auth.mail.opening import mailing
from services.auth.passwords.passwords import Passwords, argon2id
from services.auth.revocations.feed import Feed
from services.auth.revocations.store import PostgresRevocations
from services.auth.sealing.sealer import Sealer, read_sealer
from services.auth.sessions.denials import Denials
from services.auth.sessions.tokens import AccessTokens, RefreshTokens, read_refresh_key
from services.auth.settings import Settings
from services.kit.caller import Verifier
from services.kit.clock import utc_now
from services.kit.interceptors import bearer
from services.kit.janitor import Janitor, Job
from services.kit.jwk import read_key_set, read_signing_key
from services.kit.postgres import Database
from services.kit.revocations import Revocations
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.signals import Signals
from services.kit.telemetry import telemetry

JANITOR = 7262211904  # of one replica at a time


def jobs(
    database: Database, audit: Log, sealer: Sealer, settings: Settings
) -> Sequence[Job]:
    """Say what is done every minute."""
    retention = Retention(
        PostgresRecords(database),
        audit,
        days=settings.audit_days,
        place_days=settings.audit_place_days,
        clock=utc_now,
    )
    return (
        Job("append what was left pending", audit.catch_up),
        Job("forget where events came from", retention.forget_places),
        Job("cut the audit log", retention.cut),
        Job(
            "seal anew what an older key has sealed",
            Resealing(
                PostgresSeeds(database), PostgresFactors(database), sealer=sealer
            ).round,
        ),
    )


def access_tokens_of(settings: Settings) -> AccessTokens:
    """Sign with the key of a file, or with none until there is one in the database."""
    published = settings.published_keys_file
    return AccessTokens(
        read_signing_key(settings.signing_key_file)
        if settings.signing_key_file
        else None,
        read_key_set(published) if published else (),
    )


def audit_keys_of(settings: Settings) -> AuditKeys:
    """Sign the audit log with the key of a file."""
    earlier = settings.audit_keys_file
    return AuditKeys(
        read_signing_key(settings.audit_key_file),
        read_key_set(earlier) if earlier else (),
    )


@asynccontextmanager
async def rotating(
    settings: Settings,
    database: Database,
    access_tokens: AccessTokens,
    *,
    revocations: Revocations,
    audit: Audit,
) -> AsyncIterator[Rotation | None]:
    """Change the keys in the database while the block runs; those in files are not."""
    if settings.signing_key_file:
        yield None
        return
    rotation = Rotation(
        PostgresKeys(database),
        read_sealer(settings.sealing_keys_file),
        access_tokens,
        life=timedelta(days=settings.signing_key_days),
        lead=timedelta(seconds=settings.signing_key_lead_seconds),
        audit=audit,
        clock=utc_now,
    )
    revocations.on_signing_key(rotation.look)
    async with rotation.turning():
        yield rotation


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    sealer = read_sealer(settings.sealing_keys_file)
    access_tokens, audit_keys = access_tokens_of(settings), audit_keys_of(settings)
    providers = settings.identity_providers_file
    registrations = read_providers(providers, os.environ) if providers else ()
    refresh_tokens = RefreshTokens(read_refresh_key(settings.refresh_key_file))
    revocations = Revocations(known=False)
    with (
        telemetry("auth", metrics_address=settings.metrics_address),
        Passwords.open(argon2id()) as passwords,
    ):
        async with (
            Signals.connect(settings.redis_url) as signals,
            Database.connect(
                settings.database_url, announce=signals.publish
            ) as database,
            (
                feed := Feed(PostgresRevocations(database), signals, revocations)
            ).reading(),
            rotating(
                settings,
                database,
                access_tokens,
                revocations=revocations,
                audit=(
                    audit := Log(PostgresRecords(database), audit_keys, clock=utc_now)
                ),
            ) as rotation,
            Janitor.open(
                database, jobs(database, audit, sealer, settings), key=JANITOR
            ),
            RedisCounter.connect(settings.redis_url) as counter,
            chat_at(settings.chat_address) as chat,
            llm_at(settings.llm_address) as llm,
            Fetcher.open(through_mesh=settings.identity_through_mesh) as fetcher,
            mailing(
                database,
                sealer,
                url=settings.smtp_url,
                sender=settings.mail_from,
                site=settings.public_url,
            ) as mailer,
            serving(
                *joined(
                    Given(
                        database=database,
                        counter=FallbackCounter(counter, LocalCounter()),
                        passwords=passwords,
                        access_tokens=access_tokens,
                        verifier=(
                            verifier := Verifier(
                                (rotation or access_tokens).jwks,
                                revocations=revocations,
                            )
                        ),
                        refresh_tokens=refresh_tokens,
                        sealer=sealer,
                        public_url=settings.public_url,
                        audit=audit,
                        audit_keys=audit_keys,
                        feed=feed,
                        rotation=rotation,
                        owners=[chat, llm],
                        providers=providers_of(registrations, fetcher),
                        mailer=mailer,
                    )
                ),
                services=SERVICES,
                address=settings.listen_address,
                authenticate=bearer(verifier),
                refused=Denials.of(audit),
                finishing=True,
                notice_seconds=settings.notice_seconds,
                drain_seconds=settings.drain_seconds,
            ),
            feed.telling(),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
