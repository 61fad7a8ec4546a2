"""How people come to have factors."""

import logging
from datetime import datetime
from secrets import token_bytes
from uuid import UUID, uuid4

from services.auth.audit.origin import Origin
from services.auth.factors import totp
from services.auth.factors.factors import DEFAULT_NAMES
from services.auth.factors.model import (
    CEREMONY,
    ENROLMENT,
    MAX_PASSKEYS,
    Added,
    BegunPasskey,
    BegunTotp,
    Ceremony,
    Credential,
    EnrolmentOver,
    Factor,
    FactorExists,
    InvalidCode,
    InvalidPasskey,
    Seed,
    TooManyPasskeys,
    display_name,
)
from services.auth.factors.ports import Ceremonies, Enrolled, StoredFactors
from services.auth.factors.proving import ONE_TIME_CODE, POSSESSION, context
from services.auth.factors.recovery import hashed, new_codes
from services.auth.factors.relying import CHALLENGE_BYTES, RelyingParty
from services.auth.notices.notices import Notices
from services.auth.sealing.sealer import Sealer
from services.auth.users.model import User
from services.kit.clock import Clock

log = logging.getLogger(__name__)


class Enrolling:
    """Adds authenticator apps and passkeys, each once it has shown that it works."""

    def __init__(
        self,
        store: StoredFactors,
        ceremonies: Ceremonies,
        relying_party: RelyingParty,
        *,
        sealer: Sealer,
        sessions: Enrolled,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ceremonies = ceremonies
        self._relying_party = relying_party
        self._sealer = sealer
        self._sessions = sessions
        self._notices = notices
        self._clock = clock

    async def begin_totp(self, user: User) -> BegunTotp:
        """Make the seed of an app, which is no factor yet."""
        if await self._store.seed(user.id):
            raise FactorExists
        plain, id = totp.new_seed(), uuid4()
        sealed = self._sealer.seal(plain, context=context(user.id, id))
        expire_time = self._clock() + ENROLMENT
        seed = Seed(id=id, sealed=sealed, last_step=0)
        await self._store.begin_totp(user.id, seed, expire_time)
        uri = totp.uri(plain, user.email)
        return BegunTotp(
            secret=totp.spelt(plain),
            uri=uri,
            picture=totp.picture(uri),
            expire_time=expire_time,
        )

    async def complete_totp(
        self, user: User, code: str, name: str, by: Origin
    ) -> Added:
        """Add the app that shows a right code."""
        called = display_name(name, DEFAULT_NAMES["totp"])
        now = self._clock()
        seed = await self._store.begun_totp(user.id, now)
        if not seed:
            return await self._completed_before(user.id, code)
        step = self._matched(user.id, seed, code)
        if step is None:
            raise InvalidCode
        factor = Factor(
            id=seed.id,
            user_id=user.id,
            kind="totp",
            display_name=called,
            create_time=now,
            last_use_time=None,
            backup_eligible=False,
            backed_up=False,
        )
        used = Seed(id=seed.id, sealed=seed.sealed, last_step=step)
        codes = new_codes()
        async with self._notices.together():
            first = await self._store.add_totp(factor, used, [*map(hashed, codes)])
            await self._added(
                user,
                factor,
                by,
                action="factor.totp.add",
                change="An authenticator app was added",
                method=ONE_TIME_CODE,
            )
        return Added(factor=factor, recovery_codes=codes if first else ())

    async def _completed_before(self, user_id: UUID, code: str) -> Added:
        """Answer a retry, which shows the code that was taken, with the same factor."""
        seed = await self._store.seed(user_id)
        if not seed or self._matched(user_id, seed, code) != seed.last_step:
            raise EnrolmentOver
        factor = await self._store.factor(user_id, seed.id)
        if not factor:
            raise EnrolmentOver
        return Added(factor=factor)

    def _matched(self, user_id: UUID, seed: Seed, code: str) -> int | None:
        plain = self._sealer.open(seed.sealed, context=context(user_id, seed.id))
        return totp.matched(plain, code, self._clock())

    async def begin_passkey(self, user: User) -> BegunPasskey:
        """Say what passkey the user's browser is to make."""
        known = await self._store.credentials(user.id)
        if len(known) >= MAX_PASSKEYS:
            raise TooManyPasskeys
        challenge, now = token_bytes(CHALLENGE_BYTES), self._clock()
        ceremony = Ceremony(
            purpose="register", user_id=user.id, expire_time=now + CEREMONY
        )
        await self._ceremonies.begin(challenge, ceremony, now)
        options = self._relying_party.creation_options(
            challenge,
            user_id=user.id,
            account=user.email,
            display_name=user.display_name,
            known=known,
        )
        return BegunPasskey(options=options, expire_time=ceremony.expire_time)

    async def complete_passkey(
        self, user: User, response_json: str, name: str, by: Origin
    ) -> Added:
        """Add the passkey that the user's browser has made."""
        called = display_name(name, DEFAULT_NAMES["passkey"])
        attested = self._relying_party.attested(response_json)
        # A retry, whose challenge is used up.
        known = await self._store.credential(attested.credential_id)
        if known and known.user_id == user.id:
            return await self._added_before(known)
        now = self._clock()
        ceremony = await self._ceremonies.end(attested.challenge, now)
        if not ceremony or ceremony.purpose != "register":
            raise InvalidPasskey
        if ceremony.user_id != user.id:
            raise InvalidPasskey
        credential = self._relying_party.registered(attested, user.id)
        factor = factor_of(credential, called, now)
        codes = new_codes()
        async with self._notices.together():
            first = await self._store.add_passkey(
                factor, credential, [*map(hashed, codes)]
            )
            await self._added(
                user,
                factor,
                by,
                action="passkey.add",
                change="A passkey was added",
                method=POSSESSION,
            )
        return Added(factor=factor, recovery_codes=codes if first else ())

    async def _added_before(self, known: Credential) -> Added:
        factor = await self._store.factor(known.user_id, known.id)
        if not factor:
            raise InvalidPasskey
        return Added(factor=factor)

    async def _added(
        self,
        user: User,
        factor: Factor,
        by: Origin,
        *,
        action: str,
        change: str,
        method: str,
    ) -> None:
        log.info("factor added", extra={"factor": factor.name})
        if by.session_id:
            await self._sessions.add_methods(by.session_id, [method, "mfa"])
        event = by.event(action, factor.name, actor=user.id)
        await self._notices.changed(user, event, change)


def factor_of(credential: Credential, name: str, now: datetime) -> Factor:
    """Return a passkey as its owner sees it."""
    return Factor(
        id=credential.id,
        user_id=credential.user_id,
        kind="passkey",
        display_name=name,
        create_time=now,
        last_use_time=None,
        backup_eligible=credential.backup_eligible,
        backed_up=credential.backed_up,
    )
