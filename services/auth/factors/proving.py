"""How people prove themselves with the factors they have."""

import logging
from secrets import token_bytes
from uuid import UUID

from services.auth.audit.origin import NOWHERE
from services.auth.factors import totp
from services.auth.factors.model import (
    CEREMONY,
    BegunPasskey,
    Ceremony,
    Credential,
    InvalidPasskey,
    NoFactor,
    ProofKind,
    Purpose,
    Seed,
)
from services.auth.factors.ports import Ceremonies, Proof, StoredCodes, StoredFactors
from services.auth.factors.recovery import hashed
from services.auth.factors.relying import CHALLENGE_BYTES, RelyingParty
from services.auth.notices.notices import Notices
from services.auth.sealing.sealer import Sealer
from services.auth.users.ports import Users
from services.kit.clock import Clock

log = logging.getLogger(__name__)

ONE_TIME_CODE = "otp"  # as RFC 8176 names it
POSSESSION = "pop"


class Proving:
    """
    Looks at what people show, and uses it up: nothing is right a second time.

    Whoever calls has counted the attempt.
    """

    def __init__(
        self,
        store: StoredFactors,
        codes: StoredCodes,
        ceremonies: Ceremonies,
        relying_party: RelyingParty,
        *,
        users: Users,
        sealer: Sealer,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._store = store
        self._codes = codes
        self._ceremonies = ceremonies
        self._relying_party = relying_party
        self._users = users
        self._sealer = sealer
        self._notices = notices
        self._clock = clock

    async def factors(self, user_id: UUID) -> frozenset[ProofKind]:
        """Return the kinds that a user can show; none, if there is no factor."""
        return await self._store.kinds(user_id)

    async def verify(self, user_id: UUID, proof: Proof, purpose: Purpose) -> str | None:
        """Use a proof up; how it counts (RFC 8176), or None if it is not right."""
        if proof.factor == "totp":
            right = await self._is_code(user_id, proof.value)
            return ONE_TIME_CODE if right else None
        if proof.factor == "recovery_code":
            async with self._notices.together():
                right = await self._is_recovery(user_id, proof.value)
            return ONE_TIME_CODE if right else None
        shown = await self._shown(proof.value, user_id, purpose)
        return POSSESSION if shown else None

    async def alone(self, response_json: str) -> UUID | None:
        """Return who has shown a passkey and nothing else; None if it is not right."""
        shown = await self._shown(response_json, None, "alone")
        return shown.user_id if shown else None

    async def begin(self, purpose: Purpose, user_id: UUID | None) -> BegunPasskey:
        """Challenge a passkey: any of a user's, or of whomever it may be."""
        known = await self._store.credentials(user_id) if user_id else []
        if user_id and not known:
            raise NoFactor
        challenge, now = token_bytes(CHALLENGE_BYTES), self._clock()
        ceremony = Ceremony(
            purpose=purpose, user_id=user_id, expire_time=now + CEREMONY
        )
        await self._ceremonies.begin(challenge, ceremony, now)
        options = self._relying_party.request_options(
            challenge, known=known, verify_user=verifies(purpose)
        )
        return BegunPasskey(options=options, expire_time=ceremony.expire_time)

    async def _is_code(self, user_id: UUID, code: str) -> bool:
        seed = await self._store.seed(user_id)
        if not seed:
            return False
        plain = self._sealer.open(seed.sealed, context=context(user_id, seed.id))
        now = self._clock()
        step = totp.matched(plain, code, now)
        if step is None or not await self._store.use_step(seed.id, step, now):
            return False
        await self._seal_anew(user_id, seed, plain)
        return True

    async def _seal_anew(self, user_id: UUID, seed: Seed, plain: bytes) -> None:
        """Leave an old key behind, so that it can be given up some day."""
        if not self._sealer.is_current(seed.sealed):
            sealed = self._sealer.seal(plain, context=context(user_id, seed.id))
            await self._store.seal_anew(seed, sealed)

    async def _is_recovery(self, user_id: UUID, code: str) -> bool:
        if not await self._codes.use(user_id, hashed(code)):
            return False
        left = await self._codes.left(user_id)
        log.info("recovery code used", extra={"user": f"users/{user_id}", "left": left})
        if user := await self._users.user(user_id):
            event = NOWHERE.event("recovery.use", user.name, actor=user.id)
            change = f"A recovery code was used to sign in; {left} are left"
            await self._notices.changed(user, event, change)
        return True

    async def _shown(
        self, response_json: str, user_id: UUID | None, purpose: Purpose
    ) -> Credential | None:
        try:
            return await self._verified(response_json, user_id, purpose)
        except InvalidPasskey:
            return None

    async def _verified(
        self, response_json: str, user_id: UUID | None, purpose: Purpose
    ) -> Credential:
        """Return the passkey that was shown, or raise `InvalidPasskey`."""
        asserted = self._relying_party.asserted(response_json)
        now = self._clock()
        ceremony = await self._ceremonies.end(asserted.challenge, now)
        if not ceremony or ceremony.purpose != purpose:
            raise InvalidPasskey
        credential = await self._store.credential(asserted.credential_id)
        if not credential or ceremony.user_id != user_id:
            raise InvalidPasskey
        # Who comes with a passkey alone is whom the passkey names; else, who is asked.
        named = asserted.user_handle
        owner = user_id.bytes if user_id and named is None else named
        if owner != credential.user_id.bytes or user_id not in (
            None,
            credential.user_id,
        ):
            raise InvalidPasskey
        shown = self._relying_party.shown(
            asserted, credential, verify_user=verifies(purpose)
        )
        used = await self._store.use_passkey(
            credential.id,
            sign_count=shown.sign_count,
            backed_up=shown.backed_up,
            now=now,
        )
        if not used:
            await self._went_back(credential)
            raise InvalidPasskey
        return credential

    async def _went_back(self, credential: Credential) -> None:
        """Tell that a passkey counts what it has counted before: there may be two."""
        user = await self._users.user(credential.user_id)
        if not user:
            return
        subject = f"{user.name}/factors/{credential.id}"
        log.warning("a passkey's counter went back", extra={"factor": subject})
        event = NOWHERE.event(
            "passkey.counter", subject, actor=user.id, outcome="denied"
        )
        await self._notices.record(event)


def verifies(purpose: Purpose) -> bool:
    """Say whether a passkey has to verify its user: unless a password was shown."""
    return purpose != "second"


def context(user_id: UUID, seed_id: UUID) -> str:
    """Say what a seed is sealed for: it cannot be passed off as another user's."""
    return f"totp users/{user_id}/factors/{seed_id}"
