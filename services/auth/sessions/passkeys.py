"""How people sign in with a passkey."""

from uuid import UUID

from services.auth.attempts.attempts import Attempts
from services.auth.factors.model import BegunPasskey
from services.auth.sessions.model import (
    PASSKEY,
    Challenge,
    ChallengeEnded,
    Client,
    InvalidCredentials,
    SignedIn,
)
from services.auth.sessions.ports import Passkeys, PendingSignIns
from services.auth.sessions.signing_in import SignIn, hash_of
from services.auth.users.ports import Users
from services.kit.clock import Clock


class PasskeySignIn:
    """Challenges passkeys, and signs in who shows one and nothing else."""

    def __init__(
        self,
        passkeys: Passkeys,
        pending: PendingSignIns,
        users: Users,
        *,
        sign_in: SignIn,
        attempts: Attempts,
        clock: Clock,
    ) -> None:
        self._passkeys = passkeys
        self._pending = pending
        self._users = users
        self._sign_in = sign_in
        self._attempts = attempts
        self._clock = clock

    async def begin(self, challenge_token: str, *, client: Client) -> BegunPasskey:
        """Challenge any passkey, or those of who has shown a password."""
        address = client.address
        await self._attempts.count("passkey", subject=None, address=address)
        if not challenge_token:
            return await self._passkeys.begin("alone", None)
        token_hash = hash_of(challenge_token)
        owner = await self._pending.owner(token_hash, now=self._clock())
        if owner is None:
            raise ChallengeEnded
        return await self._passkeys.begin("second", owner)

    async def begin_again(self, user_id: UUID, *, client: Client) -> BegunPasskey:
        """Challenge a passkey of who is signed in, to show once more who they are."""
        await self._attempts.count("passkey", subject=None, address=client.address)
        return await self._passkeys.begin("again", user_id)

    async def complete(
        self, response_json: str, *, client: Client
    ) -> SignedIn | Challenge:
        """Sign in whose passkey was shown."""
        address = client.address
        await self._attempts.count("passkey", subject=None, address=address)
        owner = await self._passkeys.alone(response_json)
        user = owner and await self._users.user(owner)
        if not user:
            await self._sign_in.refused(None, PASSKEY, client)
            raise InvalidCredentials
        return await self._sign_in.proceed(user, [PASSKEY], client=client)
