"""What auth is given, to be made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from services.auth.accounts.ports import DataOwner
from services.auth.attempts.ports import Counter
from services.auth.audit.ports import Audit
from services.auth.audit.signing import AuditKeys
from services.auth.factors.ports import FactorPolicy
from services.auth.identities.ports import IdentityProvider
from services.auth.keys.rotation import Rotation
from services.auth.mail.ports import Mailer
from services.auth.passwords.passwords import Passwords
from services.auth.revocations.feed import Feed
from services.auth.sealing.sealer import Sealer
from services.auth.sessions.ports import SecondFactors
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.kit.caller import Verifier
from services.kit.clock import Clock, utc_now
from services.kit.postgres import Database

Add = Callable[[grpc.aio.Server], None]  # adds a service to a server


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The stores, keys and neighbours of one process."""

    database: Database
    counter: Counter
    passwords: Passwords
    access_tokens: AccessTokens
    verifier: Verifier  # of what they sign
    refresh_tokens: RefreshTokens
    sealer: Sealer
    public_url: str
    audit: Audit
    audit_keys: AuditKeys
    feed: Feed
    rotation: Rotation | None = None  # None: the keys that sign are kept in files
    owners: Sequence[DataOwner] = ()
    providers: Sequence[IdentityProvider] = ()
    mailer: Mailer | None = None  # None: no mail is sent, and nobody needs a code
    factors: SecondFactors | None = None  # None: those that people have added
    policy: FactorPolicy | None = None  # None: what administrators have decided
    clock: Clock = utc_now
