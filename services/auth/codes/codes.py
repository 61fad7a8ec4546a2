"""How codes are asked for, sent, and shown."""

import logging
from secrets import token_urlsafe

from services.auth.attempts.attempts import Attempts
from services.auth.attempts.model import Kind as AttemptKind
from services.auth.codes.model import (
    LIFETIME,
    TOKEN_BYTES,
    Asked,
    Code,
    CodeEnded,
    Purpose,
    Verification,
    WrongCode,
    hash_of_code,
    hash_of_token,
    new_code,
)
from services.auth.codes.ports import StoredCodes
from services.auth.mail.ports import Mailer
from services.kit.clock import Clock
from services.kit.errors import InvalidField

log = logging.getLogger(__name__)

MAX_TEXT = 200  # of what is shown as token or code: longer ones are not looked at
KINDS: dict[Purpose, AttemptKind] = {
    "sign_up": "verification",
    "email": "verification",
    "reset": "reset",
}


class Codes:
    """Sends codes, and knows which are right."""

    def __init__(
        self, store: StoredCodes, mailer: Mailer, *, attempts: Attempts, clock: Clock
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._attempts = attempts
        self._clock = clock

    async def ask(
        self, asked: Asked, *, address: str | None, known: bool = False
    ) -> Verification:
        """
        Have a code sent; who asked gets what has to be shown together with it.

        `known`: the address's owner has signed in from there, and is not shut out by
        what others ask for.
        """
        await self._attempts.count(
            KINDS[asked.purpose],
            subject=asked.email_key,
            address=address,
            known=known,
        )
        token, code = token_urlsafe(TOKEN_BYTES), new_code()
        kept = self._kept(token, code)
        await self._store.add(kept, asked, now=self._clock())
        return await self._sent(kept, token, code, asked)

    async def again(self, token: str, *, address: str | None) -> Verification:
        """Send another code in the place of the one before."""
        await self._attempts.count("verification", subject=None, address=address)
        token_hash = hash_of_token(bounded(token))
        asked = await self._store.asked(token_hash, now=self._clock())
        if asked is None:
            raise CodeEnded
        # So that nobody is sent more than that, by whatever number of requests. Before
        # the code is another: who is refused has the one that was sent.
        kind = KINDS[asked.purpose]
        await self._attempts.count(kind, subject=asked.email_key, address=None)
        code = new_code()
        kept = self._kept(token, code)
        if not await self._store.replace(kept, now=self._clock()):
            raise CodeEnded
        return await self._sent(kept, token, code, asked)

    async def check(
        self, token: str, code: str, purpose: Purpose, *, address: str | None
    ) -> Asked:
        """Return what waits for this code, or refuse it; it stays good until `use`."""
        token_hash = hash_of_token(bounded(token))
        await self._attempts.count(
            KINDS[purpose], subject=token_hash.hex(), address=address
        )
        code_hash = hash_of_code(bounded(code), token)
        found = await self._store.check(
            token_hash, code_hash, purpose, now=self._clock()
        )
        if isinstance(found, Asked):
            return found
        log.info("a code was refused", extra={"purpose": purpose, "why": found})
        raise WrongCode if found == "wrong" else CodeEnded

    async def use(self, token: str) -> None:
        """Use up a code that was right: of all who come with it, one alone can."""
        if not await self._store.remove(hash_of_token(token)):
            raise CodeEnded

    def _kept(self, token: str, code: str) -> Code:
        return Code(
            token_hash=hash_of_token(token),
            code_hash=hash_of_code(code, token),
            expire_time=self._clock() + LIFETIME,
        )

    async def _sent(
        self, kept: Code, token: str, code: str, asked: Asked
    ) -> Verification:
        values = {} if asked.hopeless else {"code": code}
        await self._mailer.send(asked.letter, to=asked.email, values=values)
        return Verification(token=token, expire_time=kept.expire_time)


def bounded(text: str) -> str:
    """Refuse what is too long to be a token or a code."""
    if len(text) > MAX_TEXT:
        raise InvalidField(field="code", expected=f"at most {MAX_TEXT} characters")
    return text
