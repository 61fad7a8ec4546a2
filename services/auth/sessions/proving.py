"""How somebody shows who they are."""

from services.auth.attempts.attempts import Attempts
from services.auth.attempts.model import Kind
from services.auth.factors.model import Purpose
from services.auth.passwords.passwords import Passwords
from services.auth.sessions.model import (
    PASSKEY,
    PASSWORD,
    SEVERAL,
    Client,
    Factor,
    InvalidCredentials,
    Proof,
)
from services.auth.sessions.ports import SecondFactors
from services.auth.users.model import User
from services.auth.users.ports import Users
from services.kit.errors import InvalidField

COUNTED_AS: dict[Factor, Kind] = {
    "totp": "totp",
    "passkey": "passkey",
    "recovery_code": "recovery",
}


class Proving:
    """Looks at passwords and second factors, each try counted before."""

    def __init__(
        self,
        users: Users,
        passwords: Passwords,
        factors: SecondFactors,
        *,
        attempts: Attempts,
    ) -> None:
        self._users = users
        self._passwords = passwords
        self._factors = factors
        self._attempts = attempts

    async def password(
        self,
        user: User | None,
        password: str,
        *,
        subject: str | None,
        client: Client,
        known: bool,
    ) -> bool:
        """
        Verify a password; nobody's takes as long, and is wrong.

        `subject` is what was tried, whether or not it is anybody; `known` whether its
        owner has signed in from there.
        """
        address = client.address
        await self._attempts.count(
            "password", subject=subject, address=address, known=known
        )
        if not await self.is_password(user, password):
            return False
        if subject:
            await self._attempts.forgive("password", subject=subject, address=address)
        return True

    async def is_password(self, user: User | None, password: str) -> bool:
        """Verify a password, and renew its hash if the parameters changed."""
        stored = user.password_hash if user else None
        verdict = await self._passwords.verify(stored, password)
        if user and verdict.rehashed:
            await self._users.replace_hash(user, verdict.rehashed)
        return verdict.right

    async def factor(
        self, user: User, proof: Proof, purpose: Purpose, *, client: Client, known: bool
    ) -> str:
        """Use up a second factor and say how it counts, or `InvalidCredentials`."""
        kind, subject = COUNTED_AS[proof.factor], str(user.id)
        address = client.address
        await self._attempts.count(kind, subject=subject, address=address, known=known)
        method = await self._factors.verify(user.id, proof, purpose)
        if method is None:
            raise InvalidCredentials
        await self._attempts.forgive(kind, subject=subject, address=address)
        return method

    async def factors(self, user: User) -> frozenset[Factor]:
        """Return the kinds of second factors that a user has."""
        return await self._factors.factors(user.id)

    async def whole(
        self,
        user: User,
        *,
        password: str,
        proof: Proof | None,
        client: Client,
        known: bool,
    ) -> list[str]:
        """
        Show all that a sign-in would ask for; return the methods (ASVS 7.5.1).

        A passkey is enough alone: it is two factors. Else it takes the password, if
        there is one, and a second factor, if there is one.
        """
        methods: list[str] = []
        needs_factor = bool(await self.factors(user)) or user.password_hash is None
        if proof is None and needs_factor:
            raise InvalidField(field="proof", expected="a second factor")
        is_passkey = proof is not None and proof.factor == "passkey"
        if user.password_hash is not None and not is_passkey:
            right = await self.password(
                user, password, subject=user.email_key, client=client, known=known
            )
            if not right:
                raise InvalidCredentials
            methods.append(PASSWORD)
        if proof:
            method = await self.factor(user, proof, "again", client=client, known=known)
            methods.append(method)
        return with_several(methods)


def with_several(methods: list[str]) -> list[str]:
    """Say that it took several factors, if it did (RFC 8176 2)."""
    if (len(methods) > 1 or PASSKEY in methods) and SEVERAL not in methods:
        return [*methods, SEVERAL]
    return methods
