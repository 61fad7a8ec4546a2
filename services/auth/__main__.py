"""Run the auth service: `python -m services.auth`."""

from collections.abc import Sequence

import uvloop

from services.auth.accounts.owners import chat_at, llm_at
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.audit.ports import Audit
from services.auth.audit.recording import Log
from services.auth.audit.retention import Retention
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.joining.given import Given
from services.auth.joining.joined import SERVICES, joined
from services.auth.mail.opening import mailing
from services.auth.passwords.passwords import Passwords, argon2id
from services.auth.sealing.sealer import read_sealer
from services.auth.sessions.denials import Denials
from services.auth.sessions.tokens import AccessTokens, RefreshTokens, read_refresh_key
from services.auth.settings import Settings
from services.kit.caller import Verifier
from services.kit.clock import utc_now
from services.kit.interceptors import bearer
from services.kit.janitor import Janitor, Job
from services.kit.jwk import read_key_set, read_signing_key
from services.kit.postgres import Database
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.telemetry import telemetry

JANITOR = 7262211904  # of one replica at a time


def jobs(database: Database, audit: Audit, settings: Settings) -> Sequence[Job]:
    """Say what is done every minute."""
    retention = Retention(
        PostgresRecords(database),
        audit,
        days=settings.audit_days,
        place_days=settings.audit_place_days,
        clock=utc_now,
    )
    return (
        Job("forget where events came from", retention.forget_places),
        Job("cut the audit log", retention.cut),
    )


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    published = settings.published_keys_file
    sealer = read_sealer(settings.sealing_keys_file)
    access_tokens = AccessTokens(
        read_signing_key(settings.signing_key_file),
        read_key_set(published) if published else (),
    )
    earlier = settings.audit_keys_file
    audit_keys = AuditKeys(
        read_signing_key(settings.audit_key_file),
        read_key_set(earlier) if earlier else (),
    )
    refresh_tokens = RefreshTokens(read_refresh_key(settings.refresh_key_file))
    with (
        telemetry("auth", metrics_address=settings.metrics_address),
        Passwords.open(argon2id()) as passwords,
    ):
        async with (
            Database.connect(settings.database_url) as database,
            RedisCounter.connect(settings.redis_url) as counter,
            chat_at(settings.chat_address) as chat,
            llm_at(settings.llm_address) as llm,
            Janitor.open(
                database,
                jobs(
                    database,
                    audit := Log(PostgresRecords(database), audit_keys, clock=utc_now),
                    settings,
                ),
                key=JANITOR,
            ),
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
                        refresh_tokens=refresh_tokens,
                        sealer=sealer,
                        public_url=settings.public_url,
                        audit=audit,
                        audit_keys=audit_keys,
                        owners=[chat, llm],
                        mailer=mailer,
                    )
                ),
                services=SERVICES,
                address=settings.listen_address,
                authenticate=bearer(Verifier(access_tokens.jwks)),
                refused=Denials.of(audit),
                finishing=True,
                notice_seconds=settings.notice_seconds,
                drain_seconds=settings.drain_seconds,
            ),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
