"""How people who are signed in change their password and their address."""

import logging
from uuid import UUID

from services.auth.codes.codes import Codes
from services.auth.codes.model import Asked, CodeEnded, Verification
from services.auth.credentials.ports import StoredCredentials
from services.auth.notices.notices import Notices
from services.auth.passwords.passwords import Passwords
from services.auth.passwords.rules import PasswordRules
from services.auth.revocations.ports import Revocations
from services.auth.sessions.model import Client, InvalidCredentials, SignedIn
from services.auth.sessions.proving import Proving
from services.auth.sessions.sessions import Sessions
from services.auth.users.emails import EmailAddress
from services.auth.users.model import EmailTaken, User, UserNotFound
from services.auth.users.ports import Users
from services.kit.caller import Caller, require_fresh
from services.kit.clock import Clock

log = logging.getLogger(__name__)

CHANGED = "Your password was changed"


class CredentialChanges:
    """Changes passwords and addresses."""

    def __init__(
        self,
        store: StoredCredentials,
        users: Users,
        passwords: Passwords,
        *,
        rules: PasswordRules,
        codes: Codes,
        proving: Proving,
        sessions: Sessions,
        revocations: Revocations,
        notices: Notices,
        sends_mail: bool,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._rules = rules
        self._codes = codes
        self._proving = proving
        self._sessions = sessions
        self._revocations = revocations
        self._notices = notices
        self._sends_mail = sends_mail
        self._clock = clock

    async def password(
        self,
        caller: Caller,
        current: str,
        new: str,
        *,
        keep_others: bool,
        client: Client,
    ) -> SignedIn:
        """Set another password; the caller's session goes on as a new one."""
        user = await self._user(caller.user_id)
        accepted = self._rules.accept(new, names=user.names, field="new_password")
        await self._prove(caller, user, current, client)
        hashed = await self._passwords.hash(accepted)
        async with self._notices.together():
            changed = await self._store.replace_password(user, hashed)
            if not changed:
                raise InvalidCredentials
            signed_in = await self._sessions.renew(
                changed, caller.session_id, client=client
            )
            if not keep_others:
                await self._sessions.end_all(
                    user.id, but=signed_in.session.id, client=client
                )
                await self._revocations.user(user.id, version=changed.version)
            log.info("password changed", extra={"user": user.name})
            event = client.event("password.change", user.name, actor=user.id)
            await self._notices.changed(user, event, CHANGED)
        return signed_in

    async def _prove(
        self, caller: Caller, user: User, current: str, client: Client
    ) -> None:
        if user.password_hash is None:
            require_fresh(caller)
            return
        known = await self._sessions.is_known(user.id, client)
        right = await self._proving.password(
            user, current, subject=user.email_key, client=client, known=known
        )
        if not right:
            await self._notices.record(
                client.event(
                    "password.change", user.name, actor=user.id, outcome="failure"
                )
            )
            raise InvalidCredentials

    async def email(
        self, user_id: UUID, email: EmailAddress, *, client: Client
    ) -> Verification | None:
        """Have a code sent to another address; without mail, take it into use."""
        user = await self._user(user_id)
        if not self._sends_mail:
            await self._replace(user, email, client, verified=False)
            return None
        other = await self._users.user_of_email(email.key)
        taken = other if other and other.id != user.id else None
        asked = Asked(
            purpose="email",
            email=taken.email if taken else email.text,
            email_key=email.key,
            letter="email_in_use" if taken else "verify_email",
            user_id=user.id,
        )
        verification = await self._codes.ask(asked, address=client.address)
        event = client.event("email.change_request", user.name, actor=user.id)
        await self._notices.record(event)
        return verification

    async def complete_email(
        self, user_id: UUID, token: str, code: str, *, client: Client
    ) -> User:
        """Take another address into use, by the code that went to it."""
        user = await self._user(user_id)
        asked = await self._codes.check(token, code, "email", address=client.address)
        if asked.user_id != user.id:
            raise CodeEnded
        await self._codes.use(token)
        email = EmailAddress.require(asked.email, "new_email")
        return await self._replace(user, email, client, verified=True)

    async def _replace(
        self, user: User, email: EmailAddress, client: Client, *, verified: bool
    ) -> User:
        when = self._clock() if verified else None
        async with self._notices.together():
            changed = await self._store.replace_email(user.id, email, when)
            if not changed:
                raise EmailTaken
            log.info("address changed", extra={"user": user.name})
            if changed.email_key != user.email_key:
                event = client.event("email.change", user.name, actor=user.id)
                await self._notices.moved(user, event)
        return changed

    async def _user(self, user_id: UUID) -> User:
        if user := await self._users.user(user_id):
            return user
        raise UserNotFound(user=f"users/{user_id}")
